//! Whole command lines, put together from good and bad parts: each ends with a documented exit code and in one sentence.
//!
//! `PROPTEST_CASES=1000000 cargo test -p shallow-cli --test hostile` looks for longer. Every command line is a process of its own,
//! so that an abort and an overflow of the stack are found as well.

mod program;

use program::{Folder, Ran};
use proptest::{collection::vec, prelude::*, sample::select};

const FUNCTIONS: &[&str] = &[
    "x",
    "sin(3*x)",
    "smooth",
    "step",
    "sqrt(x)",
    "1/x",
    "1/(x-0.123)",
    "ln(abs(x-0.5))",
    "exp(1000*x)",
    "0",
    "3",
    "1e400",
    "1e-300*x",
    "1e149*x",
    "x^999",
    "sinx",
    "x²",
    "nan",
    "Smooth",
    "((((x))))",
    "sin(",
    "",
    "x+",
    "x\ny",
    "y*z",
    "tan(x)",
    "floor(10*x)",
    "sign(x)",
    "abs(x)+",
    "max(x,0)",
    "exp(-1e10*(x-0.3)^2)",
    "sin(1/x)",
    "asin(x)",
    "x^x",
    "atan2(x,1)",
];

const DOMAINS: &[&str] = &[
    "-1:1",
    "0:1",
    "1:0",
    "0:0",
    "0:1e-300",
    "0:1e-12",
    "-1e300:1e300",
    "0:1e149",
    "1e15:1e15+1",
    "1e16:1e16+4",
    "pi:2*pi",
    "a:b",
    "nan:1",
    "1",
    ":",
    "0:inf",
    "-4:4.0001",
];

/// Flags with values of which some are fit for them.
const FLAGS: &[(&str, &[&str])] = &[
    ("--function", FUNCTIONS),
    ("--domain", DOMAINS),
    (
        "--csv",
        &[
            "good.csv",
            "ties.csv",
            "log.csv",
            "outlier.csv",
            "gap.csv",
            "text.csv",
            "empty.csv",
            "binary.csv",
            "no.csv",
            ".",
        ],
    ),
    ("--x", &["x", "1", "2", "0", "9", "", "y"]),
    ("--y", &["y", "1", "2", "0", "9", "", "x"]),
    (
        "--samples",
        &[
            "2",
            "3",
            "30",
            "300",
            "0",
            "1",
            "-1",
            "1000000000",
            "18446744073709551615",
            "x",
        ],
    ),
    ("--test-samples", &["0", "1", "2", "30", "1000000000", "-1"]),
    ("--noise", &["0", "0.1", "1e300", "-1", "nan", "inf"]),
    ("--method", &["auto", "best", "smooth", "descent", "worst"]),
    ("--criterion", &["gcv", "reml", "bic"]),
    ("--bands", &["0.95", "0.5", "0", "1", "-1", "nan", "95"]),
    ("--weight", &["x", "y", "w", "1", "9"]),
    ("--missing", &["skip", "error", "keep"]),
    (
        "--loss",
        &["squared", "huber", "absolute", "tukey", "cauchy"],
    ),
    (
        "--penalty",
        &["1e-3", "1e-15", "1e6", "0", "-1", "nan", "inf", "1e300"],
    ),
    (
        "--hidden",
        &[
            "1",
            "2",
            "7",
            "64",
            "auto",
            "0",
            "-1",
            "1000000000",
            "99999999999999999999",
        ],
    ),
    (
        "--tolerance",
        &["0.1", "1e-3", "0", "-1", "1e300", "1e-300", "nan", "auto"],
    ),
    ("--norm", &["rms", "max", "max", "l1"]),
    ("--side", &["above", "below", "both"]),
    ("--model", &["relu", "perceptron", "other"]),
    (
        "--degree",
        &["0", "1", "2", "9", "1000", "1001", "18446744073709551615"],
    ),
    ("--activation", &["sigmoid", "tanh", "identity", "relu"]),
    (
        "--engine",
        &["auto", "exact", "backprop", "autodiff", "fast"],
    ),
    ("--optimizer", &["gd", "momentum", "adam", "lm", "sgd"]),
    ("--start", &["random", "best"]),
    (
        "--lr",
        &[
            "0.01", "1", "100", "1e100", "1e200", "1e308", "1e-300", "0", "-1", "nan",
        ],
    ),
    ("--epochs", &["1", "2", "20", "0", "-1", "1000000000"]),
    ("--reduction", &["mean", "sum"]),
    ("--weight-decay", &["0", "0.1", "1e300", "-1"]),
    ("--log-every", &["1", "7", "0", "1000000000000"]),
    ("--dtype", &["f64", "f32", "f16"]),
    ("--rng", &["numpy", "rand"]),
    (
        "--seed",
        &[
            "0",
            "1",
            "4294967296",
            "9223372036854775808",
            "18446744073709551615",
            "-1",
        ],
    ),
    (
        "--out",
        &["run", "run/../other", "good.csv", "no/such/place", ""],
    ),
    ("--config", &["run/config.toml", "good.csv", "no.toml"]),
    ("--relative", &[]),
    ("--force", &[]),
    ("--json", &[]),
    ("--quiet", &[]),
];

/// Flags of the other commands.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "--format",
        &["c", "rust", "json", "onnx", "safetensors", "pdf"],
    ),
    ("--as", &["net", "table"]),
    ("--dtype", &["f32", "f64"]),
    (
        "--out",
        &[
            "free.c",
            "puts.h",
            "ä b.rs",
            "-",
            "run/model.safetensors",
            "good.csv",
            ".",
        ],
    ),
    ("--force", &[]),
    (
        "--x",
        &["0", "1,2", "1e308", "nan", "x", ",", "pi/2", "1e400"],
    ),
    ("--csv", &["good.csv", "text.csv", "no.csv", "empty.csv"]),
];

fn flag(
    flags: &'static [(&'static str, &'static [&'static str])],
) -> impl Strategy<Value = Vec<String>> {
    select(flags).prop_flat_map(|(name, values)| match values {
        [] => Just(vec![name.to_string()]).boxed(),
        values => (select(values), any::<bool>())
            .prop_map(move |(value, is_one)| match is_one {
                true => vec![format!("{name}={value}")],
                false => vec![name.to_string(), value.to_string()],
            })
            .boxed(),
    })
}

fn command() -> impl Strategy<Value = Vec<String>> {
    let fit = |name: &'static str, source: BoxedStrategy<Vec<String>>| {
        (source, vec(flag(FLAGS), 0..6)).prop_map(move |(source, flags)| {
            let small = ["--samples=60", "--epochs=9", "--hidden=5"].map(String::from);
            // Later flags of the same name are refused: leave out those that were drawn.
            let drawn = flags.concat();
            let has = |small: &String| {
                let name = small.split('=').next().unwrap();
                drawn
                    .iter()
                    .chain(&source)
                    .any(|flag| flag.starts_with(name))
            };
            let small = small
                .into_iter()
                .filter(|small| !has(small))
                .collect::<Vec<_>>();
            [vec![name.to_string()], source.clone(), small, drawn].concat()
        })
    };
    let function = select(FUNCTIONS).prop_map(|function| vec![format!("--function={function}")]);
    let domain = (select(FUNCTIONS), select(DOMAINS));
    let domain = domain.prop_map(|(function, domain)| {
        vec![
            format!("--function={function}"),
            format!("--domain={domain}"),
        ]
    });
    let file = select(FLAGS[2].1).prop_map(|file| vec!["--csv".to_string(), file.to_string()]);
    let nothing = Just(Vec::new());
    let source = prop_oneof![3 => function, 3 => domain, 4 => file, 1 => nothing].boxed();
    let other = (
        select(&["predict", "export"][..]),
        select(&["run", "neuron", "no", "."][..]),
        vec(flag(OTHERS), 0..4),
    );
    prop_oneof![
        16 => fit("fit", source.clone()),
        1 => fit("check", source.clone()), // on every device of the build, which takes its time
        2 => fit("compare", source),
        2 => select(&["run", "no", "."][..]).prop_map(|run| ["fit", "--resume", run].map(String::from).into()),
        8 => other.prop_map(|(name, run, flags)| [vec![name.to_string(), run.to_string()], flags.concat()].concat()),
    ]
}

/// The files that commands name.
fn folder() -> Folder {
    let folder = Folder::new();
    let rows = |row: &dyn Fn(i32) -> String| -> String { (0..40).map(row).collect() };
    folder.write(
        "good.csv",
        &format!("x,y\n{}", rows(&|i| format!("{i},{}\n", i * i % 7))),
    );
    folder.write(
        "ties.csv",
        &format!("x,y\n{}", rows(&|i| format!("{},{}\n", i % 3, i))),
    );
    folder.write(
        "log.csv",
        &format!("x,y\n{}", rows(&|i| format!("1e{},{i}\n", i / 2 - 9))),
    );
    folder.write(
        "outlier.csv",
        &format!(
            "x,y\n1e15,3\n{}",
            rows(&|i| format!("{},{i}\n", f64::from(i) / 50.0))
        ),
    );
    folder.write("gap.csv", "x,y\n1,\n2,NA\n3,4\n");
    folder.write("text.csv", "a,b,c\nq,w,e\n1,2,3\n\"open\n");
    folder.write("empty.csv", "");
    let utf_16: Vec<u8> = "x,y\n1,2\n2,3\n3,5\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(folder.path().join("utf16.csv"), utf_16).unwrap();
    folder.write("mac.csv", "x,y\r1,2\r2,3\r3,5\r");
    folder.write("open.csv", "x,y\n1,2\n2,\"3\n3,5\n");
    folder.write("tiny.csv", &rows(&|i| format!("{i}e-200,{}\n", i * i % 7)));
    folder.write(
        "huge.csv",
        &rows(&|i| format!("{i}e140,{}e140\n", i * i % 7)),
    );
    folder.write(
        "pairs.csv",
        &rows(&|i| format!("{:?},{i}\n", f64::from(i / 2) + f64::from(i % 2) * 1e-15)),
    );
    folder.write("flat.csv", &rows(&|i| format!("{i},0\n")));
    std::fs::write(
        folder.path().join("binary.csv"),
        (0..=255).collect::<Vec<u8>>(),
    )
    .unwrap();
    folder.fit(&["--function", "sin(3*x)", "--hidden", "5", "--out", "run"]);
    folder.fit(&[
        "--csv",
        "good.csv",
        "--model",
        "perceptron",
        "--epochs",
        "5",
        "--out",
        "neuron",
    ]);
    folder
}

fn is_answered(ran: &Ran) -> Result<(), TestCaseError> {
    prop_assert!(
        matches!(ran.code, Some(0..=3)),
        "{:?} {}",
        ran.code,
        ran.stderr
    );
    prop_assert!(!ran.stderr.contains("a bug in shallow"), "{}", ran.stderr);
    let told = |line: &&str| !line.starts_with("note: ") && !line.starts_with("epoch ");
    let errors: Vec<&str> = ran.stderr.lines().filter(told).collect();
    match ran.code {
        Some(0) => prop_assert!(!ran.stderr.contains("error: "), "{}", ran.stderr),
        _ => prop_assert!(
            errors.len() == 1 && errors[0].starts_with("error: "),
            "{errors:?}"
        ),
    }
    prop_assert!(errors.iter().all(|line| line.len() < 1000), "{errors:?}");
    if let Ok(report) = serde_json::from_str::<serde_json::Value>(&ran.stdout)
        && report["train_loss"] != report["nothing"]
    {
        for name in ["train_loss", "final_loss", "final_mae", "seconds"] {
            prop_assert!(
                report[name].is_f64() || report[name].is_u64(),
                "{name} in {report}"
            );
        }
    }
    Ok(())
}

/// Everything that was ever found is tried again.
#[test]
fn every_finding_is_answered() {
    let folder = folder();
    let corpus = include_str!("corpus.txt").lines();
    let corpus = corpus.filter(|line| !line.starts_with('#'));
    for line in corpus {
        let arguments: Vec<&str> = line.split(' ').collect();
        let ran = folder.run(&arguments);
        is_answered(&ran).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    // Long and deep.
    let sines: Vec<_> = (1..=100).map(|k| format!("sin({k}*x)")).collect();
    let long = [
        "sin(".repeat(999) + "x" + &")".repeat(999),
        sines.join("+"),
        ["x"; 53].join("*"),
        ["x"; 20_000].join("+"),
    ];
    for function in long {
        let ran = folder.run(&[
            "fit",
            "--function",
            &function,
            "--samples",
            "20",
            "--hidden",
            "2",
        ]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

#[test]
fn every_command_line_is_answered() {
    let folder = folder();
    proptest!(|(command in command())| {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        is_answered(&folder.run(&arguments))?;
    });
}
