//! Exported C on other processors: compiled by their compilers, and run under emulators, where these are here.

mod program;

use std::process::{Command, Output};

use program::Folder;

/// The rise of a thermistor's temperature with its divider's share.
const THERMISTOR: &str = "1/(1/298.15 + ln(x/(1 - x))/3950) - 273.15";

const STRICT: [&str; 7] = [
    "-std=c99",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Werror",
    "-Os",
];

fn is_here(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        eprintln!("there is no {tool}: not tried");
    }
    found
}

fn support(name: &str) -> String {
    format!("{}/../bench/targets/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn run(folder: &Folder, program: &str, arguments: &[&str]) -> Output {
    let command = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .output();
    command.unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn ok(folder: &Folder, program: &str, arguments: &[&str]) -> String {
    let output = run(folder, program, arguments);
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    text
}

/// Files of every kind of table, and the macro that makes each a test of itself.
fn exported(folder: &Folder) -> Vec<(String, String)> {
    folder.fit(&[
        "--function",
        THERMISTOR,
        "--domain",
        "0.02:0.98",
        "--norm",
        "max",
        "--tolerance",
        "0.1",
        "--out",
        "curve",
    ]);
    folder.fit(&["--function", "sin(9*x)", "--hidden", "20", "--out", "wave"]);
    let mut kinds: Vec<Vec<&str>> = Vec::new();
    for dtype in ["f32", "q15", "q31"] {
        for more in [
            &[][..],
            &["--lookup", "uniform", "--clamp"],
            &["--progmem", "--const"],
        ] {
            kinds.push([&["--dtype", dtype], more].concat());
        }
    }
    // Coarse counts, and counts without a sign.
    for numbers in [
        "q15 --x-scale 0.001 --y-scale 0.1",
        "q15 --x-scale 0.00004:-1 --y-scale 0.005:-150 --lookup uniform",
        "q31 --x-scale 0.0000000005:-1 --y-scale 0.1 --progmem",
        "q31 --x-scale 0.0000000005:-1 --y-scale 0.0000001:-200 --lookup uniform",
    ] {
        kinds.push(["--dtype"].into_iter().chain(numbers.split(' ')).collect());
    }
    let mut files = Vec::new();
    // A straight line takes one cell, and no shift by all bits of the type.
    folder.fit(&[
        "--function",
        "2*x + 1",
        "--domain",
        "0:1",
        "--hidden",
        "2",
        "--out",
        "line",
    ]);
    let of_line = [
        ["--dtype", "q15", "--lookup", "uniform"],
        ["--dtype", "q31", "--lookup", "uniform"],
    ];
    let of_line = of_line.map(|kind| kind.to_vec());
    for (run, kinds) in [("curve", &kinds[..]), ("wave", &kinds), ("line", &of_line)] {
        for kind in kinds {
            let name = format!("{run}{}", files.len());
            let out = format!("{name}.c");
            let said =
                folder.ok(&[&["export", run, "--format", "c", "--out", &out], &kind[..]].concat());
            assert!(said.starts_with(&format!("{name}.c, {name}.h: ")), "{said}");
            if !kind.contains(&"--progmem") {
                let same = folder.ok(&[
                    &[
                        "export", run, "--format", "rust", "--out", "same.rs", "--force",
                    ],
                    &kind[..],
                ]
                .concat());
                let lines = |said: &str| -> Vec<String> {
                    said.lines().skip(1).map(String::from).collect()
                };
                assert_eq!(lines(&said), lines(&same));
            }
            files.push((out, format!("-D{}_TEST", name.to_uppercase())));
        }
    }
    let unsigned = folder.read("curve10.h");
    assert!(
        unsigned.contains("uint16_t curve10(uint16_t x)"),
        "{unsigned}"
    );
    files
}

/// On a Cortex-M0 without a floating-point unit and on a Cortex-M4 with one, and on an AVR, whose int has 16 bits and whose double
/// 32, every self-test holds: fixed point to the last bit of 65,536 inputs.
#[test]
fn tables_hold_on_small_processors() {
    let folder = Folder::new();
    let files = exported(&folder);
    let m0 = ["-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"];
    let m4 = [
        "-mcpu=cortex-m4",
        "-mthumb",
        "-mfloat-abi=hard",
        "-mfpu=fpv4-sp-d16",
    ];
    if is_here("arm-none-eabi-gcc") {
        let emulated = is_here("qemu-arm");
        for cpu in [&m0[..], &m4] {
            for (file, test) in &files {
                ok(
                    &folder,
                    "arm-none-eabi-gcc",
                    &[cpu, &STRICT, &["-c", file, "-o", "alone.o"]].concat(),
                );
                ok(
                    &folder,
                    "arm-none-eabi-gcc",
                    &[cpu, &STRICT, &[test, "-c", file, "-o", "test.o"]].concat(),
                );
                let start = support("arm.c");
                let link = [
                    "-nostartfiles",
                    "-Os",
                    &start,
                    "test.o",
                    "-lm",
                    "-o",
                    "test.elf",
                ];
                ok(&folder, "arm-none-eabi-gcc", &[cpu, &link].concat());
                if emulated {
                    ok(&folder, "qemu-arm", &["-cpu", "cortex-a15", "test.elf"]);
                }
            }
        }
    }
    if is_here("avr-gcc") {
        let emulated = is_here("simavr");
        let avr = ["-mmcu=atmega328p"];
        for (file, test) in &files {
            ok(
                &folder,
                "avr-gcc",
                &[&avr[..], &STRICT, &["-c", file, "-o", "alone.o"]].concat(),
            );
            ok(
                &folder,
                "avr-gcc",
                &[
                    &avr[..],
                    &[
                        "-std=c99",
                        "-Os",
                        "-Dmain=tested",
                        test,
                        "-c",
                        file,
                        "-o",
                        "test.o",
                    ],
                ]
                .concat(),
            );
            let start = support("avr.c");
            ok(
                &folder,
                "avr-gcc",
                &[
                    &avr[..],
                    &[
                        "-Os",
                        "-std=gnu99",
                        &start,
                        "test.o",
                        "-lm",
                        "-o",
                        "test.elf",
                    ],
                ]
                .concat(),
            );
            if emulated {
                let said = ok(
                    &folder,
                    "simavr",
                    &["-m", "atmega328p", "-f", "16000000", "test.elf"],
                );
                assert!(said.contains("@status 0"), "{file}: {said}");
            }
        }
    }
}

/// The mode of a self-test that takes every float there is in the domain.
#[test]
fn every_float_of_the_domain_is_within_the_bound() {
    let folder = Folder::new();
    folder.fit(&[
        "--function",
        "1/x",
        "--domain",
        "1:3",
        "--hidden",
        "30",
        "--out",
        "run",
    ]);
    for lookup in ["search", "uniform"] {
        let said = folder.ok(&[
            "export",
            "run",
            "--format",
            "c",
            "--dtype",
            "f32",
            "--lookup",
            lookup,
            "--out",
            "inverse.c",
            "--force",
        ]);
        if !is_here("cc") {
            return;
        }
        let (_, bound) = said.split_once("rounding      at most ").unwrap();
        let bound: f64 = bound.split(' ').next().unwrap().parse().unwrap();
        for how in [&[][..], &["-ffp-contract=fast", "-mfma"]] {
            let all = [
                "-O2",
                "-DINVERSE_TEST",
                "-DINVERSE_TEST_ALL",
                "inverse.c",
                "-o",
                "all",
            ];
            let built = run(&folder, "cc", &[&all[..], how].concat());
            if !built.status.success() {
                continue; // a processor without fused multiply-add
            }
            let printed = ok(&folder, "./all", &[]);
            let (_, found) = printed.split_once("largest deviation ").unwrap();
            let (deviation, floats) = found.split_once(" at all ").unwrap();
            assert_eq!(floats.trim(), "12582913 floats");
            let deviation: f64 = deviation.parse().unwrap();
            assert!(
                deviation <= bound && deviation > 0.2 * bound,
                "{deviation:e} {bound:e}"
            );
        }
    }
}

/// A header alone, a source file with its header, and a file of standard output can each be used as C is.
#[test]
fn a_header_a_pair_and_standard_output_compile() {
    let folder = Folder::new();
    folder.fit(&["--function", "x^2", "--hidden", "6", "--out", "run"]);
    folder.ok(&[
        "export", "run", "--format", "c", "--dtype", "q15", "--const", "--out", "square.h",
    ]);
    folder.ok(&[
        "export", "run", "--format", "c", "--clamp", "--out", "twice.c",
    ]);
    assert!(folder.has("twice.h") && !folder.has("square.c"));
    let printed = folder.ok(&[
        "export", "run", "--format", "c", "--dtype", "f32", "--out", "-",
    ]);
    assert!(printed.contains("float model(float x)"));
    folder.write("model.c", &printed);
    folder.write(
        "main.c",
        "#include \"square.h\"\n#include \"square.h\"\n#include \"twice.h\"\nfloat model(float x);\n\
        int main(void)\n{\n    const int close = model(0.5f) > 0.2f && model(0.5f) < 0.3f;\n    \
        const int same = twice(7.0) == twice(1.0) && square(-32768) > square(0);\n    return close && same ? 0 : 1;\n}\n",
    );
    if !is_here("cc") {
        return;
    }
    let all = [&STRICT[..], &["main.c", "twice.c", "model.c", "-o", "main"]].concat();
    ok(&folder, "cc", &all);
    ok(&folder, "./main", &[]);
    if is_here("c++") {
        folder.write("main.cpp", "#include \"square.h\"\n#include \"twice.h\"\nint main() { return twice(0.0) < square(0) + 1000000; }\n");
        ok(
            &folder,
            "cc",
            &["-std=c99", "-c", "twice.c", "-o", "twice.o"],
        );
        ok(
            &folder,
            "c++",
            &[
                "-Wall", "-Wextra", "-Werror", "main.cpp", "twice.o", "-o", "cpp",
            ],
        );
    }
}

/// What numbers, names, files and compilers refuse is one sentence, and leaves nothing.
#[test]
fn what_cannot_be_leaves_no_file() {
    let folder = Folder::new();
    folder.fit(&["--function", "sin(3*x)", "--hidden", "9", "--out", "run"]);
    folder.fit(&[
        "--function",
        "sin(3*x)",
        "--domain",
        "1000000000:1000000000.00001",
        "--hidden",
        "2",
        "--out",
        "narrow",
    ]);
    folder.fit(&[
        "--function",
        "x",
        "--model",
        "perceptron",
        "--epochs",
        "5",
        "--out",
        "neuron",
    ]);
    folder.write("there.h", "mine");
    let export = |more: &[&str]| folder.run(&[&["export"], more, &["--out", "out.c"]].concat());
    for (more, code, part) in [
        (
            &[
                "run",
                "--format",
                "c",
                "--dtype",
                "q15",
                "--x-scale",
                "1e-6",
            ][..],
            2,
            "x goes to -1, which is count -1000000",
        ),
        (
            &[
                "run",
                "--format",
                "c",
                "--dtype",
                "q15",
                "--y-scale",
                "1e-6",
            ],
            2,
            "y goes to ",
        ),
        (
            &["run", "--format", "c", "--dtype", "q15", "--x-scale", "10"],
            2,
            "has fewer than two numbers of q15",
        ),
        (
            &["run", "--format", "c", "--dtype", "q15", "--x-scale", "0"],
            2,
            "it must be a scale above 0",
        ),
        (
            &[
                "run",
                "--format",
                "c",
                "--dtype",
                "q15",
                "--x-scale",
                "1:nan",
            ],
            2,
            "it must be a scale above 0",
        ),
        (
            &["narrow", "--format", "c", "--dtype", "f32"],
            2,
            "has fewer than two numbers of f32; use f64",
        ),
        (
            &[
                "run",
                "--format",
                "c",
                "--dtype",
                "q15",
                "--monotone",
                "increasing",
            ],
            2,
            "the table is not increasing: the network falls by",
        ),
        (
            &["run", "--format", "c", "--dtype", "q15", "--as", "net"],
            2,
            "use --as table",
        ),
        (
            &["run", "--format", "c", "--x-scale", "1"],
            2,
            "--x-scale and --y-scale go with --dtype q15 and q31 alone",
        ),
        (
            &["run", "--format", "c", "--progmem"],
            2,
            "an AVR has no f64",
        ),
        (
            &["run", "--format", "rust", "--const"],
            2,
            "--const and --progmem go with --format c alone",
        ),
        (
            &["run", "--format", "json", "--clamp"],
            2,
            "--clamp goes with --format c and rust alone",
        ),
        (
            &["run", "--format", "onnx", "--dtype", "q15"],
            2,
            "--dtype q15 and q31 go with --format c and rust alone",
        ),
        (
            &["neuron", "--format", "c", "--dtype", "q15"],
            2,
            "a perceptron has none",
        ),
        (
            &["neuron", "--format", "c", "--lookup", "uniform"],
            2,
            "--lookup and --monotone go with tables",
        ),
        (
            &[
                "run",
                "--format",
                "c",
                "--dtype",
                "q15",
                "--tolerance",
                "1e-6",
            ],
            1,
            "16 bits cannot hold an error of 1e-6",
        ),
    ] {
        let ran = export(more);
        let sentence = ran.sentence(code);
        assert!(sentence.contains(part), "{more:?}: {sentence}");
        assert!(!folder.has("out.c") && !folder.has("out.h"), "{more:?}");
    }
    // A header that is there is not replaced, and the source is not written without it.
    let ran = folder.run(&["export", "run", "--format", "c", "--out", "there.c"]);
    assert!(
        ran.sentence(1).contains("there.h is there already"),
        "{}",
        ran.stderr
    );
    assert!(!folder.has("there.c") && folder.read("there.h") == "mine");
    // A compiler that fails, and one for another machine.
    let mut command = folder.command(&["export", "run", "--format", "c", "--out", "out.c"]);
    let failed = command.env("CC", "false").output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("false does not compile the file"));
    assert!(!folder.has("out.c") && !folder.has("out.h"));
    // A name that is not C's is made one, and said.
    let ran = folder.run(&["export", "run", "--format", "c", "--out", "2nd-wave.c"]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stderr
            .contains("note: the function is called model_2nd_wave"),
        "{}",
        ran.stderr
    );
    assert!(
        folder
            .read("2nd-wave.c")
            .contains("#include \"2nd-wave.h\"")
    );
}

/// A tolerance of an export is of all errors together, in the numbers of the table.
#[test]
fn a_tolerance_is_of_the_whole_error() {
    let folder = Folder::new();
    folder.fit(&[
        "--function",
        THERMISTOR,
        "--domain",
        "0.02:0.98",
        "--hidden",
        "4",
        "--out",
        "rough",
    ]);
    let in_all = |said: &str| -> f64 {
        let (_, bound) = said.split_once("in all        at most ").unwrap();
        bound.split(' ').next().unwrap().parse().unwrap()
    };
    for dtype in ["f64", "f32", "q15", "q31"] {
        let said = folder.ok(&[
            "export",
            "rough",
            "--format",
            "c",
            "--dtype",
            dtype,
            "--tolerance",
            "0.05",
            "--monotone",
            "decreasing",
            "--out",
            "t.c",
            "--force",
        ]);
        assert!(in_all(&said) <= 0.05, "{said}");
        assert!(said.contains("order         decreasing"), "{said}");
    }
    // As the fit does it, with counts of the user's own; rows at counts need no rounding of x.
    let rows: String = (0..=64)
        .map(|row| format!("{},{}\n", 64 * row, f64::from(row).sqrt()))
        .collect();
    folder.write("rows.csv", &format!("adc,level\n{rows}"));
    let scales = ["--dtype", "q15", "--x-scale", "1", "--y-scale", "0.001:4"];
    let flags = [
        "--csv",
        "rows.csv",
        "--norm",
        "max",
        "--tolerance",
        "0.02",
        "--out",
        "rows",
    ];
    folder.fit(&[&flags[..], &scales].concat());
    let report: serde_json::Value = serde_json::from_str(&folder.read("rows/report.json")).unwrap();
    let bound = program::number(&report["table"], "error_bound");
    assert!(bound <= 0.02 && report["table"]["dtype"] == "q15");
    let said = folder.ok(&[
        &["export", "rows", "--format", "c", "--out", "rows.c"],
        &scales[..],
    ]
    .concat());
    assert!(
        said.contains("from every row whose x is such an input"),
        "{said}"
    );
    assert!((in_all(&said) - bound).abs() < 1e-5);
    assert!(folder.read("rows.h").contains("#define ROWS_X_SCALE 1.0"));
}
