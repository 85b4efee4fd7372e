use libfuzzer_sys::fuzzer_mutate;
use serde_json::Value;

/// Numbers at which arithmetic and conversions turn over.
const NUMBERS: [i64; 14] =
    [0, 1, -1, 2, 255, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, -0x8000_0000, 1 << 53, 1 << 62, i64::MAX, i64::MIN];

/// Mutates a JSON document as one: mostly one value of it, now and then its bytes as libFuzzer does.
///
/// Bytes alone hardly ever give a document that still parses, and so never test what is done with one.
pub fn mutate_json(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) << 1 | 1);
    let parsed = (dice.below(8) != 0).then(|| serde_json::from_slice::<Value>(&data[..size]).ok()).flatten();
    let Some(mut document) = parsed else { return fuzzer_mutate(data, size, max_size) };
    for _ in 0..=dice.below(3) {
        let mut places = Vec::new();
        collect(&document, String::new(), &mut places);
        let place = &places[dice.below(places.len())];
        let Some(value) = document.pointer_mut(place) else { continue };
        change(value, &mut dice);
    }
    let text = document.to_string();
    if text.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

/// The pointers of all values of a document, itself included.
fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().enumerate().for_each(|(at, one)| collect(one, format!("{place}/{at}"), places)),
        Value::Object(values) => values.iter().for_each(|(key, one)| collect(one, format!("{place}/{key}"), places)),
        _ => {}
    }
    places.push(place);
}

fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Number(number) => {
            let old = number.as_i64().unwrap_or(0);
            *value = match dice.below(5) {
                0 => Value::from(u64::MAX),
                1 => Value::from(old.wrapping_add(1)),
                2 => Value::from(old.wrapping_sub(1)),
                3 => Value::from(old.wrapping_mul(2)),
                _ => Value::from(NUMBERS[dice.below(NUMBERS.len())]),
            };
        }
        Value::String(text) if !text.is_empty() => {
            let mut letters: Vec<char> = text.chars().collect();
            let at = dice.below(letters.len());
            match dice.below(4) {
                0 => letters.truncate(at),
                1 => letters.insert(at, letters[dice.below(letters.len())]),
                // Packed columns are base64: any of its letters is another number.
                _ => letters[at] = char::from(b"AQgwBCzZ09+/\"\n,=-."[dice.below(18)]),
            }
            *text = letters.into_iter().collect();
        }
        Value::Array(values) if !values.is_empty() => {
            let (one, other) = (dice.below(values.len()), dice.below(values.len()));
            match dice.below(3) {
                0 => drop(values.remove(one)),
                1 => values.swap(one, other),
                _ => values.push(values[one].clone()),
            }
        }
        Value::Bool(known) => *known = !*known,
        Value::Object(values) if !values.is_empty() && dice.below(4) == 0 => {
            let key = values.keys().nth(dice.below(values.len())).cloned().unwrap_or_default();
            values.remove(&key);
        }
        _ => *value = Value::from(NUMBERS[dice.below(NUMBERS.len())]),
    }
}

/// Small numbers from a seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).expect("31 bits") % end
    }
}
