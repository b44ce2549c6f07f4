//! Numbers, texts and ids as bytes, one after the other. Numbers are LEB128: seven bits a byte, the lowest first.

/// What cannot be read: too short, or with a value that this program does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Takes bytes from the front.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

pub(super) type Read<T> = Result<T, Unreadable>;

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self) -> Read<u8> {
        let (first, rest) = self.0.split_first().ok_or(Unreadable)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Unreadable);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Unreadable)
    }

    /// A number that may be negative, folded so that small ones of either sign are short ("zigzag").
    pub(super) fn signed(&mut self) -> Read<i64> {
        let folded = self.number()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    pub(super) fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Unreadable),
        }
    }

    pub(super) fn text(&mut self) -> Read<String> {
        let length = usize::try_from(self.number()?).map_err(|_| Unreadable)?;
        let bytes = self.0.get(..length).ok_or(Unreadable)?;
        self.0 = &self.0[length..];
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Unreadable)
    }

    pub(super) fn id<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (id, rest) = self.0.split_first_chunk().ok_or(Unreadable)?;
        self.0 = rest;
        Ok(*id)
    }

    pub(super) fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    /// A list, whose length is not believed before its entries are there.
    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let length = self.number()?;
        let mut list = Vec::new();
        for _ in 0..length {
            list.push(read(self)?);
        }
        Ok(list)
    }
}

/// Appends bytes.
pub(super) trait Write {
    fn number(&mut self, number: u64);
    fn signed(&mut self, number: i64);
    fn flag(&mut self, flag: bool);
    fn text(&mut self, text: &str);
    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T));
    fn list<T>(&mut self, list: impl ExactSizeIterator<Item = T>, write: impl FnMut(&mut Self, T));
}

impl Write for Vec<u8> {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.push(number as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    fn flag(&mut self, flag: bool) {
        self.push(u8::from(flag));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.extend_from_slice(text.as_bytes());
    }

    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, list: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.number(list.len() as u64);
        for entry in list {
            write(self, entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_small_ones_are_short() {
        for number in [0, 1, 127, 128, 1 << 35, u64::MAX] {
            let mut bytes = Vec::new();
            bytes.number(number);
            assert_eq!(Reader(&bytes).number(), Ok(number));
        }
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            let mut bytes = Vec::new();
            bytes.signed(number);
            assert_eq!(Reader(&bytes).signed(), Ok(number));
        }
        let mut bytes = Vec::new();
        bytes.signed(-1);
        assert_eq!(bytes, [1]);
    }

    #[test]
    fn what_does_not_fit_or_is_cut_is_unreadable() {
        assert_eq!(Reader(&[0xff; 10]).number(), Err(Unreadable), "more than 64 bits");
        assert_eq!(Reader(&[0x80]).number(), Err(Unreadable));
        assert_eq!(Reader(&[3, b'a']).text(), Err(Unreadable));
        assert_eq!(Reader(&[2]).flag(), Err(Unreadable));
        let endless = [0xff, 0xff, 0xff, 0xff, 0x0f];
        assert_eq!(Reader(&endless).list(Reader::byte), Err(Unreadable));
    }
}
