//! Columns with blanks between, as columns with tabs between.

use std::io::{self, Read};

/// One tab for all blanks between words, and none at either end of a line; what is quoted stays.
pub(super) struct Blanks<R> {
    source: R,
    is_quoted: bool,
    /// Whether the line has a word, and whether blanks came after it.
    has_word: bool,
    is_between: bool,
}

impl<R> Blanks<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            is_quoted: false,
            has_word: false,
            is_between: false,
        }
    }
}

impl<R: Read> Read for Blanks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A tab that was held back and its word take two places.
        let room = buffer.len().div_ceil(2);
        let mut read = vec![0; room];
        loop {
            let n = self.source.read(&mut read)?;
            let mut kept = 0;
            for byte in &read[..n] {
                self.is_quoted ^= *byte == b'"';
                match byte {
                    b' ' if !self.is_quoted => {
                        self.is_between = self.has_word;
                        continue;
                    }
                    b'\n' if !self.is_quoted => (self.has_word, self.is_between) = (false, false),
                    _ => {
                        if self.is_between {
                            buffer[kept] = b'\t';
                            kept += 1;
                        }
                        (self.has_word, self.is_between) = (true, false);
                    }
                }
                buffer[kept] = *byte;
                kept += 1;
            }
            // Nothing is the end of the source alone.
            if kept > 0 || n == 0 {
                return Ok(kept);
            }
        }
    }
}
