//! A text file's encoding, so that what is not changed is written back byte for byte.

/// How a file's text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16Little,
    Utf16Big,
    /// A code page of one byte a letter, whichever it is: each byte is kept.
    SingleByte,
}

/// A file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    encoding: Encoding,
    pub(super) text: String,
}

impl Encoded {
    /// Reads bytes; none for UTF-16 that is broken off.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let units = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
            let (pairs, odd) = rest.as_chunks();
            let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
            String::from_utf16(&units).ok().filter(|_| odd.is_empty())
        };
        let (encoding, text) = if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
            (Encoding::Utf16Little, units(rest, u16::from_le_bytes)?)
        } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
            (Encoding::Utf16Big, units(rest, u16::from_be_bytes)?)
        } else if let Some(Ok(text)) = bytes.strip_prefix(b"\xef\xbb\xbf").map(std::str::from_utf8) {
            (Encoding::Utf8WithMark, text.to_owned())
        } else if let Ok(text) = std::str::from_utf8(bytes) {
            (Encoding::Utf8, text.to_owned())
        } else {
            (Encoding::SingleByte, bytes.iter().copied().map(char::from).collect())
        };
        Some(Self { encoding, text })
    }

    /// Another text, written the same way. Of one byte a letter, only letters that were read so or are ASCII can be in it.
    pub(super) fn bytes(&self, text: &str) -> Vec<u8> {
        let units = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
        };
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf8WithMark => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Encoding::Utf16Little => units(*b"\xff\xfe", u16::to_le_bytes),
            Encoding::Utf16Big => units(*b"\xfe\xff", u16::to_be_bytes),
            Encoding::SingleByte => text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_read_is_written_back(start in 0_usize..4, rest in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mark: &[u8] = [&b""[..], b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"][start];
            let bytes = [mark, &rest].concat();
            if let Some(encoded) = Encoded::of(&bytes) {
                prop_assert_eq!(encoded.bytes(&encoded.text), bytes);
            }
        }
    }

    #[test]
    fn broken_utf_16_is_refused() {
        assert_eq!(Encoded::of(b"\xff\xfea"), None);
        assert_eq!(Encoded::of(b"\xff\xfe\x00\xd8"), None);
        assert_eq!(Encoded::of(b"caf\xe9").unwrap().text, "café");
    }
}
