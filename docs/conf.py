"""The site: `make docs`. Nothing is fetched, neither by the build nor by the pages."""

import logging
import os
from pathlib import Path

logging.getLogger("traitlets").setLevel(logging.WARNING)  # which notebook is run is no news

project = "tenantry"
author = "the tenantry authors"
extensions = ["myst_nb"]
exclude_patterns = ["site", "_build"]

html_theme = "furo"
html_title = "tenantry"
html_static_path = ["site/static"]
html_css_files = ["tenantry.css"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False

myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 120
os.environ["TENANTRY_EXAMPLES"] = str(Path(__file__).parents[1] / "examples")  # where notebooks find their data
