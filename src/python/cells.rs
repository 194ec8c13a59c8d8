//! Cells of Arrow columns as parts of a document. Texts stay where they are.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    RunEndIndexType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, OffsetSizeTrait, StructArray};
use arrow_schema::{DataType, TimeUnit};

use super::values::{DEPTH, Walk, Wrong};
use crate::fleet::decimal::shortest;
use crate::fleet::values::{Entry, Node, Value};

/// One cell, and all that is in it.
pub(super) fn cell<'a>(
    walk: &mut Walk<'_>,
    column: &'a dyn Array,
    row: usize,
    depth: usize,
) -> Result<Node<'a>, Wrong> {
    let at = walk.next()?;
    if depth > DEPTH {
        return Err(Wrong::Place(format!("lists and maps are nested deeper than {DEPTH} levels"), Vec::new()));
    }
    let value = if column.is_null(row) { missing() } else { value(walk, column, row, depth)? };
    Ok(Node { at, value })
}

fn strange<'a>(message: impl Into<Cow<'a, str>>) -> Value<'a> {
    Value::Strange(message.into())
}

fn missing() -> Value<'static> {
    Value::Odd(Cow::Borrowed("None"))
}

fn value<'a>(walk: &mut Walk<'_>, column: &'a dyn Array, row: usize, depth: usize) -> Result<Value<'a>, Wrong> {
    use DataType as Type;
    Ok(match column.data_type() {
        Type::Null => missing(),
        Type::Boolean => Value::Odd(Cow::Borrowed(if column.as_boolean().value(row) { "true" } else { "false" })),
        Type::Int8 => whole::<Int8Type>(column, row),
        Type::Int16 => whole::<Int16Type>(column, row),
        Type::Int32 => whole::<Int32Type>(column, row),
        Type::Int64 => whole::<Int64Type>(column, row),
        Type::UInt8 => whole::<UInt8Type>(column, row),
        Type::UInt16 => whole::<UInt16Type>(column, row),
        Type::UInt32 => whole::<UInt32Type>(column, row),
        Type::UInt64 => whole::<UInt64Type>(column, row),
        Type::Float16 => walk.float(half(column.as_primitive::<Float16Type>().value(row).to_f32())),
        Type::Float32 => walk.float(single(column.as_primitive::<Float32Type>().value(row))),
        Type::Float64 => walk.float(column.as_primitive::<Float64Type>().value(row)),
        Type::Decimal32(precision, scale) => fixed::<Decimal32Type>(column, row, *precision, *scale),
        Type::Decimal64(precision, scale) => fixed::<Decimal64Type>(column, row, *precision, *scale),
        Type::Decimal128(precision, scale) => fixed::<Decimal128Type>(column, row, *precision, *scale),
        Type::Decimal256(precision, scale) => fixed::<Decimal256Type>(column, row, *precision, *scale),
        Type::Utf8 => text(column.as_string::<i32>().value(row)),
        Type::LargeUtf8 => text(column.as_string::<i64>().value(row)),
        Type::Utf8View => text(column.as_string_view().value(row)),
        Type::List(_) => list::<i32>(walk, column, row, depth)?,
        Type::LargeList(_) => list::<i64>(walk, column, row, depth)?,
        Type::ListView(_) => view::<i32>(walk, column, row, depth)?,
        Type::LargeListView(_) => view::<i64>(walk, column, row, depth)?,
        Type::FixedSizeList(..) => {
            let lists = column.as_fixed_size_list();
            let (from, count) = (place(lists.value_offset(row)), place(lists.value_length()));
            entries(walk, lists.values().as_ref(), from, count, depth)?
        }
        Type::Struct(_) => fields(walk, column.as_struct(), row, depth)?,
        Type::Map(..) => map(walk, column, row, depth)?,
        Type::Dictionary(keys, _) => {
            let known = column.as_any_dictionary();
            let at = position(known.keys(), keys, row)?;
            cell(walk, known.values().as_ref(), at, depth + 1)?.value
        }
        Type::RunEndEncoded(ends, _) => match ends.data_type() {
            Type::Int16 => run::<Int16Type>(walk, column, row, depth)?,
            Type::Int32 => run::<Int32Type>(walk, column, row, depth)?,
            _ => run::<Int64Type>(walk, column, row, depth)?,
        },
        Type::Date32 => day(i64::from(column.as_primitive::<Date32Type>().value(row)), 1),
        Type::Date64 => day(column.as_primitive::<Date64Type>().value(row), 86_400_000),
        Type::Timestamp(unit, None) => {
            let (count, second) = match unit {
                TimeUnit::Second => (column.as_primitive::<TimestampSecondType>().value(row), 1),
                TimeUnit::Millisecond => (column.as_primitive::<TimestampMillisecondType>().value(row), 1_000),
                TimeUnit::Microsecond => (column.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000),
                TimeUnit::Nanosecond => (column.as_primitive::<TimestampNanosecondType>().value(row), 1_000_000_000),
            };
            day(count, 86_400 * second)
        }
        Type::Timestamp(_, Some(zone)) => {
            let zone = zone.escape_debug();
            strange(format!("a day is needed, and this is a time with a time zone ({zone})"))
        }
        other => strange(format!("a value of the Arrow type {other} has no place in a fleet document")),
    })
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn number(text: String) -> Value<'static> {
    Value::Number(Cow::Owned(text))
}

fn whole<T: ArrowPrimitiveType<Native: ToString>>(column: &dyn Array, row: usize) -> Value<'static> {
    number(column.as_primitive::<T>().value(row).to_string())
}

/// Seven digits, which are all that single precision holds.
fn single(number: f32) -> f64 {
    if number.fract() == 0.0 || !number.is_finite() {
        return f64::from(number);
    }
    format!("{number:.6e}").parse().unwrap_or(f64::from(number))
}

/// The shortest decimal that half precision reads as this number.
fn half(number: f32) -> f64 {
    type Half = <Float16Type as ArrowPrimitiveType>::Native;
    let reads = |text: &String| text.parse().is_ok_and(|read| Half::from_f32(read).to_f32() == number);
    let short = (0..5).map(|places| format!("{number:.places$e}")).find(reads);
    short.and_then(|text| text.parse().ok()).unwrap_or(f64::from(number))
}

/// A decimal, which never becomes a float.
fn fixed<T: DecimalType>(column: &dyn Array, row: usize, precision: u8, scale: i8) -> Value<'static> {
    number(shortest(T::format_decimal(column.as_primitive::<T>().value(row), precision, scale)))
}

/// A day, counted from 1970-01-01 in parts of a day.
fn day(count: i64, parts: i64) -> Value<'static> {
    if count % parts != 0 {
        return strange("a day is needed, and this has a time of day");
    }
    let days = jiff::Span::new().try_days(count / parts);
    match days.and_then(|days| jiff::civil::date(1970, 1, 1).checked_add(days)) {
        Ok(day) => Value::Text(Cow::Owned(day.to_string())),
        Err(_) => strange("this day is not in the calendar"),
    }
}

/// A place in an array that was checked: it fits.
fn place(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(usize::MAX)
}

fn list<'a, O: OffsetSizeTrait>(
    walk: &mut Walk<'_>,
    column: &'a dyn Array,
    row: usize,
    depth: usize,
) -> Result<Value<'a>, Wrong> {
    let lists = column.as_list::<O>();
    let from = lists.value_offsets()[row].as_usize();
    let count = lists.value_length(row).as_usize();
    entries(walk, lists.values().as_ref(), from, count, depth)
}

fn view<'a, O: OffsetSizeTrait>(
    walk: &mut Walk<'_>,
    column: &'a dyn Array,
    row: usize,
    depth: usize,
) -> Result<Value<'a>, Wrong> {
    let lists = column.as_list_view::<O>();
    let (from, count) = (lists.value_offset(row).as_usize(), lists.value_size(row).as_usize());
    entries(walk, lists.values().as_ref(), from, count, depth)
}

fn entries<'a>(
    walk: &mut Walk<'_>,
    values: &'a dyn Array,
    from: usize,
    count: usize,
    depth: usize,
) -> Result<Value<'a>, Wrong> {
    let nodes = (0..count).map(|index| {
        cell(walk, values, from + index, depth + 1).map_err(|wrong| wrong.inside(|| format!("[{index}]")))
    });
    nodes.collect::<Result<_, _>>().map(Value::List)
}

/// What is missing in a map is no key of it.
fn fields<'a>(walk: &mut Walk<'_>, maps: &'a StructArray, row: usize, depth: usize) -> Result<Value<'a>, Wrong> {
    let mut entries = Vec::with_capacity(maps.num_columns());
    for (field, values) in maps.fields().iter().zip(maps.columns()) {
        let key = field.name();
        let node = cell(walk, values.as_ref(), row, depth + 1);
        let node = node.map_err(|wrong| wrong.inside(|| format!(".{key}")))?;
        if !node.is_missing() {
            entries.push(Entry { key: Cow::Borrowed(key), odd: false, at: node.at, node });
        }
    }
    Ok(Value::Map(entries))
}

fn map<'a>(walk: &mut Walk<'_>, column: &'a dyn Array, row: usize, depth: usize) -> Result<Value<'a>, Wrong> {
    let maps = column.as_map();
    let from = place(maps.value_offsets()[row]);
    let mut entries = Vec::new();
    for at in from..from + place(maps.value_length(row)) {
        let key = match cell(walk, maps.keys().as_ref(), at, depth + 1)?.value {
            Value::Text(key) => key,
            _ => return Ok(strange("the keys of a map are strings")),
        };
        let node = cell(walk, maps.values().as_ref(), at, depth + 1);
        let node = node.map_err(|wrong| wrong.inside(|| format!(".{key}")))?;
        if !node.is_missing() {
            entries.push(Entry { key, odd: false, at: node.at, node });
        }
    }
    Ok(Value::Map(entries))
}

/// Which of its dictionary's values a cell is.
fn position(keys: &dyn Array, kind: &DataType, row: usize) -> Result<usize, Wrong> {
    fn key<T: ArrowDictionaryKeyType<Native: TryInto<usize>>>(keys: &dyn Array, row: usize) -> usize {
        place(keys.as_primitive::<T>().value(row))
    }
    Ok(match kind {
        DataType::Int8 => key::<Int8Type>(keys, row),
        DataType::Int16 => key::<Int16Type>(keys, row),
        DataType::Int32 => key::<Int32Type>(keys, row),
        DataType::Int64 => key::<Int64Type>(keys, row),
        DataType::UInt8 => key::<UInt8Type>(keys, row),
        DataType::UInt16 => key::<UInt16Type>(keys, row),
        DataType::UInt32 => key::<UInt32Type>(keys, row),
        DataType::UInt64 => key::<UInt64Type>(keys, row),
        other => {
            let says = format!("a dictionary with keys of the Arrow type {other}");
            return Err(Wrong::Place(says, Vec::new()));
        }
    })
}

fn run<'a, T: RunEndIndexType>(
    walk: &mut Walk<'_>,
    column: &'a dyn Array,
    row: usize,
    depth: usize,
) -> Result<Value<'a>, Wrong> {
    let runs = column.as_run::<T>();
    let at = runs.get_physical_index(row);
    Ok(cell(walk, runs.values().as_ref(), at, depth + 1)?.value)
}
