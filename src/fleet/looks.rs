//! What two texts have in common that people take for the same: one spelling in two cases, two encodings of one letter,
//! letters of two scripts that look alike, a slip of the hand.

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use super::fold::fold;
use super::problems::quoted;

/// Longer texts are no slips of one another.
const LONGEST: usize = 256;

/// What the text looks like (the skeletons of UTS 39, section 4), read in small letters and as it stands: `Н` looks like
/// an H, `н` like no h.
fn looks(text: &str) -> [String; 2] {
    let seen = |text: &str| skeleton(text).collect::<String>();
    let wide: String = text.nfkc().collect();
    [seen(&fold(text)), seen(&fold(&seen(&wide)))]
}

/// A text with what it is compared by.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub text: String,
    folded: String,
    looks: [String; 2],
    length: usize,
}

impl Look {
    pub fn new(text: &str) -> Self {
        let folded = fold(text);
        let length = folded.chars().count();
        Self { text: text.to_owned(), folded, looks: looks(text), length }
    }

    /// Whether the two look the same on paper.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.folded == other.folded || self.looks.iter().zip(&other.looks).any(|(one, another)| one == another)
    }

    /// Whether one may be the other with a slip: alike, or one edit (one for every four characters) away. Two characters
    /// differ on purpose.
    pub fn is_near(&self, other: &Self) -> bool {
        let longest = self.length.max(other.length);
        let most = (longest / 4).max(1);
        let slip = |a: &str, b: &str| strsim::osa_distance(a, b) <= most;
        self.is_alike(other)
            || (3..=LONGEST).contains(&longest)
                && self.length.abs_diff(other.length) <= most
                && (slip(&self.folded, &other.folded)
                    || !(self.text.is_ascii() && other.text.is_ascii()) && slip(&self.looks[0], &other.looks[0]))
    }

    /// Near, and not one of a row of siblings, which differ in a number or in one or two letters between separators:
    /// `team-1` and `team-2`, `eu-a` and `eu-b`.
    pub fn is_slip_of(&self, other: &Self) -> bool {
        if !self.is_near(other) {
            return false;
        }
        let parts = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_alphanumeric()).map(|part| part.to_lowercase()).collect()
        };
        let letters = |part: &str| part.chars().filter(|c| !c.is_numeric()).collect::<String>();
        let (mine, theirs) = (parts(&self.text), parts(&other.text));
        mine.len() != theirs.len()
            || self.is_alike(other)
            || mine.iter().zip(&theirs).any(|(one, another)| {
                letters(one) != letters(another) && one.chars().count().max(another.chars().count()) > 2
            })
    }
}

/// Finds, text by text, those that people take for an earlier one. Letters of ASCII that resemble one another (`rn` and
/// `m`, `1` and `l`) are told apart here.
#[derive(Debug, Default)]
pub(super) struct Twins {
    /// Some text is not ASCII, so that looks count.
    deep: bool,
    folded: FxHashMap<String, String>,
    looks: [FxHashMap<String, String>; 2],
}

impl Twins {
    /// `plain`: no text will come that is not ASCII.
    pub fn new(plain: bool) -> Self {
        Self { deep: !plain, ..Self::default() }
    }

    /// The text taken before that looks like this one, if there is one; else it is kept for those to come. One that was
    /// taken before is not its own twin.
    pub fn take(&mut self, text: &str) -> Option<String> {
        let folded = fold(text);
        if let Some(twin) = self.folded.get(&folded) {
            return (twin != text).then(|| twin.clone());
        }
        if self.deep {
            let looks = looks(text);
            for (known, look) in self.looks.iter().zip(&looks) {
                if let Some(twin) = known.get(look)
                    && !(twin.is_ascii() && text.is_ascii())
                {
                    return Some(twin.clone());
                }
            }
            for (known, look) in self.looks.iter_mut().zip(looks) {
                known.entry(look).or_insert_with(|| text.to_owned());
            }
        }
        self.folded.insert(folded, text.to_owned());
        None
    }
}

/// A text for a message about what it looks like: letters that are not ASCII are spelled out.
pub(super) fn spelled(text: &str) -> String {
    if text.is_ascii() {
        return quoted(text);
    }
    let code: String = text.chars().take(20).flat_map(char::escape_default).collect();
    format!("{}, which is {code}", quoted(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, another: &str) -> bool {
        Look::new(one).is_alike(&Look::new(another))
    }

    fn twins(one: &str, another: &str) -> bool {
        let mut twins = Twins::new(one.is_ascii() && another.is_ascii());
        assert_eq!(twins.take(one), None);
        assert_eq!(twins.take(one), None);
        twins.take(another).is_some()
    }

    #[test]
    fn what_looks_alike() {
        for (one, another) in [
            ("prod", "Prod"),
            ("prod", "p rod"),
            ("produção", "produc\u{327}a\u{303}o"),
            ("prod", "ｐｒｏｄ"),
            ("prod", "\u{440}r\u{43e}d"),
            ("HOME", "\u{41d}OME"),
            ("home", "\u{41d}OME"),
            ("straße", "STRASSE"),
            ("straße", "STRAẞE"),
            ("ΣΑΣ", "σας"),
            ("prod", "𝐩𝐫𝐨𝐝"),
            ("non-prod", "non\u{2010}prod"),
            ("file", "ﬁle"),
        ] {
            assert!(alike(one, another), "{one} {another}");
            assert!(twins(one, another) && twins(another, one), "{one} {another}");
        }
        for (one, another) in [("prod", "test"), ("Köln", "Koln"), ("münchen", "munchen"), ("東京", "京都")] {
            assert!(!alike(one, another), "{one} {another}");
            assert!(!twins(one, another), "{one} {another}");
        }
        assert!(alike("modem", "modern") && !twins("modem", "modern"));
        assert!(alike("eu1", "eul") && !twins("eu1", "eul"));
    }

    #[test]
    fn slips_and_siblings() {
        let slip = |one: &str, another: &str| Look::new(one).is_slip_of(&Look::new(another));
        for (one, another) in [("payments", "paymnets"), ("production", "prodution"), ("team-red", "tema-red")] {
            assert!(slip(one, another), "{one} {another}");
        }
        for (one, another) in
            [("team-1", "team-2"), ("eu-a", "eu-b"), ("customer10", "customer11"), ("a", "b"), ("shop", "payments")]
        {
            assert!(!slip(one, another), "{one} {another}");
        }
    }
}
