//! Chance: ids, keys and tokens.

/// So many random bytes from the operating system.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The operating system's source only fails before it is seeded at boot; the retry covers that.
    while getrandom::fill(&mut bytes).is_err() {
        std::thread::yield_now();
    }
    bytes
}

/// A random (version 4) UUID in its usual text form.
pub(crate) fn uuid() -> String {
    let mut bits = u128::from_be_bytes(bytes());
    bits &= !(0xf000 << 64) & !(0xc000 << 48);
    bits |= (0x4000 << 64) | (0x8000 << 48);
    let hex = format!("{bits:032x}");
    let mut text = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// So many random bytes as lower-case hexadecimal.
pub(crate) fn hex<const N: usize>() -> String {
    super::hex::encode(&bytes::<N>())
}

/// A prefix and so many random letters and digits, as AWS writes ids (`AROA…`, `ASIA…`).
pub(crate) fn id(prefix: &str, length: usize) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let random = std::iter::repeat_with(bytes::<16>).flatten().take(length);
    let letters = random.map(|byte| char::from(*LETTERS.get(usize::from(byte % 32)).unwrap_or(&b'A')));
    prefix.chars().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        let text = uuid();
        assert_eq!(text.len(), 36);
        assert_eq!(text.chars().nth(14), Some('4'));
        assert!(text.chars().nth(19).is_some_and(|letter| "89ab".contains(letter)), "{text}");
        assert_ne!(text, uuid());
    }

    #[test]
    fn an_id_has_its_prefix_and_length() {
        let text = id("AROA", 17);
        assert!(text.starts_with("AROA") && text.len() == 21, "{text}");
    }
}
