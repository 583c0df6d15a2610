//! Names that look like mistakes, and what was perhaps meant.
//!
//! In a function of one variable, a name that is no function and no constant is the variable. So that a mistyped function
//! does not become one, a name is refused if it is, in this order,
//!
//! 1. a value that is no finite number, such as `nan` or `True`;
//! 2. apart from case, the name of a function, a constant or, inside a longer text, a function of the catalogue;
//! 3. functions and one letter run together, such as `sinx`, `cost` or `xlnx`, or a function and what it is of, a constant
//!    or a name that stands elsewhere in the text, such as `sinpi` or `sintime`;
//! 4. letters beside digits, such as `x2` or `sin2x`; `x_2` is a name;
//! 5. one letter added, left out or changed, or two exchanged, from being the name of a function, a constant or one of
//!    the catalogue, as `sim` and `pie` are, and neither shorter than three letters nor one of [`ORDINARY`].
//!
//! A single letter is always a name. So are all other words, though a function's name may begin them: `costs`, `exponent`,
//! `signal`.

use std::collections::HashSet;

use crate::{
    error::shortened,
    name::{FUNCTIONS, Operation, constant, constants, function},
};

const NO_NUMBERS: [&str; 8] = [
    "nan", "inf", "infinity", "true", "false", "null", "none", "nil",
];

/// Words near a name that one may well call a variable.
const ORDINARY: [&str; 52] = [
    "bin", "bound", "can", "cash", "cell", "cod", "coil", "cup", "fan", "fin", "flood", "ground",
    "jan", "lag", "leg", "len", "lin", "lon", "lot", "low", "mag", "main", "map", "mar", "may",
    "mid", "mins", "mix", "now", "phi", "pin", "pop", "pos", "pot", "psi", "range", "rounds",
    "row", "sep", "sig", "sound", "steps", "stop", "sun", "tab", "tag", "tank", "tax", "tin",
    "ton", "van", "win",
];

/// Functions that other programs have under another name.
const ELSEWHERE: [(&str, &str); 11] = [
    ("arcsinh", "asinh(x)"),
    ("arccosh", "acosh(x)"),
    ("arctanh", "atanh(x)"),
    ("arctan2", "atan2(x, y)"),
    ("lg", "log10(x)"),
    ("tg", "tan(x)"),
    ("sec", "1/cos(x)"),
    ("csc", "1/sin(x)"),
    ("cot", "1/tan(x)"),
    ("power", "pow(x, y)"),
    ("sgn", "sign(x)"),
];

/// Why a name is not the variable's, as a remedy; `names` are all that stand for variables in the text.
pub(crate) fn variable(name: &str, names: &HashSet<&str>, catalogue: &[&str]) -> Option<String> {
    let n_letters = name.chars().count();
    let lower = name.to_lowercase();
    if n_letters == 1 || ORDINARY.contains(&lower.as_str()) {
        return None;
    }
    if NO_NUMBERS.contains(&lower.as_str()) {
        return Some("write a finite number, or call the variable x".into());
    }
    if catalogue.contains(&name) {
        return Some(format!("{}, or call the variable x", alone(name)));
    }
    same_but_for_case(&lower, catalogue)
        .or_else(|| run_together(name, names))
        .map(did_you_mean)
        .or_else(|| with_digits(name))
        .or_else(|| {
            let near = near(name, catalogue).filter(|_| n_letters > 2);
            near.map(did_you_mean)
        })
}

/// What was perhaps meant by a function that there is not; `names` are all that stand for variables in the text.
pub(crate) fn called(name: &str, names: &HashSet<&str>, catalogue: &[&str]) -> Option<String> {
    if catalogue.contains(&name) {
        return Some(alone(name));
    }
    let elsewhere = ELSEWHERE.iter().find(|(known, _)| *known == name);
    let factor = || {
        let is_factor =
            name.chars().count() == 1 || constant(name).is_some() || names.contains(name);
        is_factor.then(|| format!("{name}*(...)"))
    };
    let product = || {
        FUNCTIONS.iter().find_map(|(known, _)| {
            let factor = name.strip_suffix(known)?;
            let factor = names.get(factor)?;
            Some(format!("{factor}*{}", example(known)))
        })
    };
    elsewhere
        .map(|(_, meant)| (*meant).into())
        .or_else(factor)
        .or_else(|| same_but_for_case(&name.to_lowercase(), catalogue))
        .or_else(product)
        .or_else(|| near(name, catalogue))
        .map(did_you_mean)
}

/// How a function is called, and other names as they are.
pub(crate) fn example(name: &str) -> String {
    match function(name).map(Operation::n_arguments) {
        Some(1) => format!("{name}(x)"),
        Some(_) => format!("{name}(x, y)"),
        None => name.into(),
    }
}

fn did_you_mean(meant: String) -> String {
    format!("did you mean {}?", shortened(&meant))
}

fn alone(name: &str) -> String {
    format!("give the catalogue's {name} alone")
}

fn known<'a>(catalogue: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let fixed = FUNCTIONS.iter().map(|(name, _)| *name).chain(constants());
    fixed
        .map(|name| -> &'a str { name })
        .chain(catalogue.iter().copied())
}

/// The functions of one argument.
fn unary() -> impl Iterator<Item = &'static str> {
    let of_one = FUNCTIONS
        .iter()
        .filter(|(_, operation)| operation.n_arguments() == 1);
    of_one.map(|(name, _)| *name)
}

fn same_but_for_case(lower: &str, catalogue: &[&str]) -> Option<String> {
    known(catalogue).find(|known| *known == lower).map(example)
}

/// Reads `sinx`, `xlnx` and the like as products.
fn run_together(name: &str, names: &HashSet<&str>) -> Option<String> {
    let of_name = unary().find_map(|function| {
        let of = name.strip_prefix(function)?;
        let is_name = of.chars().count() > 1 && (names.contains(of) || constant(of).is_some());
        is_name.then(|| format!("{function}({of})"))
    });
    of_name.or_else(|| of_letter(name))
}

fn of_letter(name: &str) -> Option<String> {
    let (last, letter) = name.char_indices().next_back()?;
    // `sine` is no sin(e).
    if !letter.is_alphabetic() || constant(&name[last..]).is_some() {
        return None;
    }
    let mut factors = Vec::new();
    let mut called = None;
    let mut rest = name;
    while !rest.is_empty() {
        let call = unary()
            .filter_map(|function| {
                Some((function, rest.strip_prefix(function)?.strip_prefix(letter)?))
            })
            .max_by_key(|(function, _)| function.len());
        let (factor, after) = match call {
            Some((function, after)) => (format!("{function}({letter})"), after),
            None => (letter.into(), rest.strip_prefix(letter)?),
        };
        called = called.or(call);
        factors.push(factor);
        rest = after;
    }
    // `expp` is exp with a letter twice.
    let (function, _) = called?;
    (factors.len() > 1 || !function.ends_with(letter)).then(|| factors.join("*"))
}

fn with_digits(name: &str) -> Option<String> {
    let characters = || name.chars();
    let beside = characters().zip(characters().skip(1)).any(|(left, right)| {
        left.is_alphabetic() && right.is_ascii_digit()
            || left.is_ascii_digit() && right.is_alphabetic()
    });
    if !beside {
        return None;
    }
    let is_digit = |c: char| c.is_ascii_digit();
    let (letters, rest) = name.split_at(name.find(is_digit)?);
    let (digits, tail) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap_or(rest.len()));
    let of_function = unary().any(|function| function == letters);
    Some(match (of_function, tail) {
        (true, "") => did_you_mean(format!("{letters}({digits})")),
        (true, _) if !tail.contains(is_digit) => {
            did_you_mean(format!("{letters}({digits}*{tail})"))
        }
        (false, "") => did_you_mean(format!(
            "{digits}*{letters}, {letters}^{digits} or {letters}_{digits}"
        )),
        _ => "write `*`, `^` or `_` between letters and digits".into(),
    })
}

fn near(name: &str, catalogue: &[&str]) -> Option<String> {
    // A letter too many at the end is likelier than a wrong one: `sinn` is rather sin than sign.
    let is_near = |known: &&str| is_one_edit(name, known);
    let is_longer = |known: &str| name.strip_prefix(known).is_some();
    let near = known(catalogue).filter(is_near);
    near.min_by_key(|known| !is_longer(known)).map(example)
}

/// Whether one letter added, left out or changed, or two neighbours exchanged, make one of the other.
fn is_one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let common =
        |pairs: &mut dyn Iterator<Item = (&char, &char)>| pairs.take_while(|(a, b)| a == b).count();
    let start = common(&mut a.iter().zip(&b));
    let (a, b) = (&a[start..], &b[start..]);
    let end = common(&mut a.iter().rev().zip(b.iter().rev()));
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([_], [_]) | ([_], []) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expression;

    const CATALOGUE: [&str; 5] = ["smooth", "step", "cosine", "runge", "exp"];

    fn message(text: &str) -> String {
        match Expression::parse_beside(text, &CATALOGUE) {
            Ok(function) => panic!("{text} is a function of {:?}", function.variable()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_looks_like_a_mistake_is_no_variable() {
        for (name, remedy) in [
            ("nan", "write a finite number, or call the variable x"),
            ("NaN", "write a finite number, or call the variable x"),
            ("Infinity", "write a finite number, or call the variable x"),
            ("TRUE", "write a finite number, or call the variable x"),
            ("Smooth", "did you mean smooth?"),
            ("SIN", "did you mean sin(x)?"),
            ("Atan2", "did you mean atan2(x, y)?"),
            ("Pi", "did you mean pi?"),
            ("TAU", "did you mean tau?"),
            ("sinx", "did you mean sin(x)?"),
            ("sinn", "did you mean sin(x)?"),
            ("lnx", "did you mean ln(x)?"),
            ("cost", "did you mean cos(t)?"),
            ("expx", "did you mean exp(x)?"),
            ("sinhx", "did you mean sinh(x)?"),
            ("acosx", "did you mean acos(x)?"),
            ("xsinx", "did you mean x*sin(x)?"),
            ("sinxcosx", "did you mean sin(x)*cos(x)?"),
            ("cospi", "did you mean cos(pi)?"),
            ("x2", "did you mean 2*x, x^2 or x_2?"),
            ("pi2", "did you mean 2*pi, pi^2 or pi_2?"),
            ("log3", "did you mean log(3)?"),
            ("sin2x", "did you mean sin(2*x)?"),
            ("x2y", "write `*`, `^` or `_` between letters and digits"),
            ("sim", "did you mean sin(x)?"),
            ("snin", "did you mean sin(x)?"),
            ("sni", "did you mean sin(x)?"),
            ("sine", "did you mean sin(x)?"),
            ("expp", "did you mean exp(x)?"),
            ("sqr", "did you mean sqrt(x)?"),
            ("pie", "did you mean pi?"),
            ("rung", "did you mean runge?"),
        ] {
            for (text, at) in [(name.into(), 1), (format!("1 + {name}/2"), 5)] {
                assert_eq!(
                    message(&text),
                    format!(
                        "function `{text}`: `{name}` at character {at} cannot be the variable; {remedy}"
                    )
                );
            }
        }
        assert_eq!(
            message("2*step"),
            "function `2*step`: `step` at character 3 cannot be the variable; give the catalogue's step alone, or call \
             the variable x"
        );
    }

    #[test]
    fn ordinary_words_are_variables() {
        let words = "
            x t y u s E_1 X T omega theta phi psi mu nu rho eta alpha beta gamma delta epsilon lambda sigma chi zeta
            time times Time TIME temp temperature age accel acceleration dose date rate year month day hour minute
            minutes second seconds ms position pos velocity speed distance dist length len height width depth area volume
            mass weight force power energy pressure voltage volts current amps ampere charge frequency freq phase angle
            signal noise input output value values val price costs income tax sales count number index row column cell
            latitude longitude lat lon level load stress strain flow density signs_2 exponent maximum minimum mean
            median logit login logic cosmos tangent absolute signature rounds steps range bin bins x_1 t_1 x₁ Länge größe
            время año abscissa distanz xx xy dt dx run_2 population pop growth yield height_m wave wavelength lambda_
            concentration conc humidity altitude elevation torque rpm score size step_size sample trial epoch";
        let mut n_words = 0;
        for word in words.split_whitespace() {
            let text = format!("2*{word} + sin({word})");
            let function = Expression::parse_beside(&text, &CATALOGUE).unwrap();
            assert_eq!(function.variable(), Some(word));
            n_words += 1;
        }
        assert!(n_words > 150);
    }

    #[test]
    fn a_name_of_its_own_is_not_refused_among_several() {
        assert_eq!(
            message("x + sintime*time"),
            "function `x + sintime*time` has the variables x and sintime and time; it may have one \
             (`sintime` at character 5: did you mean sin(time)?)"
        );
        assert_eq!(
            message("a*x"),
            "function `a*x` has the variables a and x; it may have one"
        );
        // A function of several variables takes any names.
        let names = Expression::parse("x1*x2 + nan").unwrap();
        assert_eq!(names.variables(), ["x1", "x2", "nan"]);
    }

    #[test]
    fn an_unknown_function_is_answered_with_what_is_near() {
        for (text, name, remedy) in [
            ("sqr(x)", "sqr", "did you mean sqrt(x)?"),
            ("Sin(x)", "Sin", "did you mean sin(x)?"),
            ("cso(x)", "cso", "did you mean cos(x)?"),
            ("pwo(x, 2)", "pwo", "did you mean pow(x, y)?"),
            ("lg(x)", "lg", "did you mean log10(x)?"),
            ("cot(x)", "cot", "did you mean 1/tan(x)?"),
            ("arcsinh(x)", "arcsinh", "did you mean asinh(x)?"),
            ("xsin(x)", "xsin", "did you mean x*sin(x)?"),
            ("x(x + 1)", "x", "did you mean x*(...)?"),
            ("time(time + 1)", "time", "did you mean time*(...)?"),
            ("pi(x)", "pi", "did you mean pi*(...)?"),
            ("smooth(x)", "smooth", "give the catalogue's smooth alone"),
        ] {
            assert_eq!(
                message(text),
                format!("function `{text}`: unknown function `{name}` at character 1; {remedy}")
            );
        }
        let message = message("bessel(x)");
        assert!(
            message.contains("`bessel` at character 1; choose among abs, sign,"),
            "{message}"
        );
    }

    #[test]
    fn one_edit_is_one_letter_or_two_exchanged() {
        for (a, b) in [
            ("sim", "sin"),
            ("sinn", "sin"),
            ("sn", "sin"),
            ("isn", "sin"),
            ("πi", "pi"),
        ] {
            assert!(is_one_edit(a, b) && is_one_edit(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("sin", "sin"),
            ("sinxy", "sin"),
            ("nis", "sin"),
            ("abcd", "badc"),
            ("", "ab"),
        ] {
            assert!(!is_one_edit(a, b) && !is_one_edit(b, a), "{a} {b}");
        }
    }

    #[test]
    fn the_ordinary_words_are_near_a_name_and_in_order() {
        let catalogue = [
            "smooth", "abs", "step", "tanh", "cusp", "ripple", "runge", "cosine", "squashed",
        ];
        for word in ORDINARY {
            let letter = of_letter(word);
            assert!(
                near(word, &catalogue).is_some() || letter.is_some(),
                "{word}"
            );
        }
        assert!(ORDINARY.is_sorted());
    }
}
