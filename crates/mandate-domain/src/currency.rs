//! Currencies: the codes of ISO 4217 that are in use, and the decimals of each.
//!
//! What is typed, sent or imported must be in use; a record keeps the code it has, also when that went out of use since. The decimals
//! are part of what a stored amount means, so the list changes only here, where somebody sees it. Not here: amounts (`money`).

use std::fmt;

// ISO 4217 list one as in force on 1 January 2026 (SIX, the maintenance agency), held against the tables of the crate iso_currency
// 0.7.1 and of Debian's iso-codes 4.15. Codes of funds are in it, since contracts in Chile are in CLF; what is no money is not:
// metals, units of bonds and of account (XDR, XUA, XAD ...), XTS and XXX.

/// Without decimals.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";

/// With two.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD \
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL \
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
    MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS \
    SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

/// With three.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// With four.
const TEN_THOUSANDTHS: &str = "CLF UYW";

/// An ISO 4217 currency this system keeps books in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Why a text is no currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a currency in use; write the three letters of ISO 4217 such as EUR or USD")]
pub struct CurrencyError {
    /// What was given.
    pub text: String,
}

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Reads the code of a currency that is in use, in capital letters.
    ///
    /// # Errors
    /// [`CurrencyError`] when `code` is none.
    pub fn parse(code: &str) -> Result<Self, CurrencyError> {
        let currency = Self::stored(code)?;
        let lists = [WHOLE, HUNDREDTHS, THOUSANDTHS, TEN_THOUSANDTHS];
        if lists.into_iter().any(|list| currency.stands_in(list)) {
            Ok(currency)
        } else {
            Err(CurrencyError { text: code.to_owned() })
        }
    }

    /// Reads a code that is on record: any three capital letters, for it may have gone out of use since.
    ///
    /// # Errors
    /// [`CurrencyError`] when `code` is not three capital ASCII letters.
    pub fn stored(code: &str) -> Result<Self, CurrencyError> {
        match code.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(CurrencyError { text: code.chars().take(20).collect() }),
        }
    }

    fn stands_in(self, list: &str) -> bool {
        list.as_bytes().chunks(4).any(|code| code.starts_with(&self.0))
    }

    /// The code, such as `EUR`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimal digits of the minor unit: 0 for the yen, 3 for the Kuwaiti dinar, 2 for most and for what is out of use.
    pub fn digits(self) -> u32 {
        match self {
            _ if self.stands_in(WHOLE) => 0,
            _ if self.stands_in(THOUSANDTHS) => 3,
            _ if self.stands_in(TEN_THOUSANDTHS) => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_in_use_are_currencies_and_what_is_on_record_is_still_read() {
        for code in ["EUR", "USD", "CHF", "JPY", "KWD", "CLF", "VES", "XCG", "ZWG", "XOF"] {
            assert_eq!(Currency::parse(code).map(|it| it.to_string()), Ok(code.to_owned()));
        }
        for code in ["ABC", "XXX", "XAU", "DEM", "HRK", "BGN", "ANG", "EU", "EURO", "eur", "UR ", "R U", ""] {
            assert_eq!(Currency::parse(code), Err(CurrencyError { text: code.to_owned() }));
        }
        assert_eq!(
            Currency::stored("DEM").map(|it| (it.to_string(), it.digits())),
            Ok(("DEM".to_owned(), 2))
        );
        assert!(Currency::stored("dem").is_err());
    }

    #[test]
    fn the_decimals_come_from_the_same_list() {
        let digits = |code| Currency::parse(code).map(Currency::digits);
        assert_eq!([digits("JPY"), digits("RWF"), digits("VUV")], [Ok(0), Ok(0), Ok(0)]);
        assert_eq!([digits("EUR"), digits("MGA"), digits("IDR")], [Ok(2), Ok(2), Ok(2)]);
        assert_eq!([digits("KWD"), digits("TND"), digits("CLF")], [Ok(3), Ok(3), Ok(4)]);
    }

    #[test]
    fn every_code_stands_in_the_list_once_and_in_order() {
        let mut n_codes = 0;
        for list in [WHOLE, HUNDREDTHS, THOUSANDTHS, TEN_THOUSANDTHS] {
            let codes: Vec<&str> = list.split(' ').collect();
            assert!(codes.iter().all(|code| code.len() == 3), "{list}");
            assert!(codes.is_sorted_by(|left, right| left < right), "{list}");
            n_codes += codes.len();
        }
        let all = [WHOLE, HUNDREDTHS, THOUSANDTHS, TEN_THOUSANDTHS].join(" ");
        let each: std::collections::BTreeSet<&str> = all.split(' ').collect();
        assert_eq!((n_codes, each.len()), (164, 164));
    }
}
