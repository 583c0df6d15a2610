//! Four real curves as tables for small processors, beside the formula by the C library and an equidistant table of the same error:
//! bytes of flash, and instructions or cycles of a call, counted by emulators and by valgrind.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use clap::Args;
use shallow::data::linspace;
use shallow_export::{Dtype, Format, Lookup, Options, SourceOptions, TableScales, export};
use shallow_expression::Expression;
use shallow_fitting::{Finished, Request, Target, fit_within};

#[derive(Args)]
pub(crate) struct MicrocontrollersArgs {
    /// Inputs at which calls are counted
    #[arg(long, default_value_t = 64)]
    inputs: usize,
}

/// A curve: its formula, for the program and for C's float, its domain, and the error that is allowed.
struct Curve {
    name: &'static str,
    formula: String,
    in_c: String,
    domain: (f64, f64),
    tolerance: f64,
    unit: &'static str,
}

/// The inverse of type K, 0 to 500 degrees Celsius from millivolts: NIST Monograph 175 (ITS-90).
const TYPE_K: [f64; 10] = [
    0.0,
    2.508355e1,
    7.860106e-2,
    -2.503131e-1,
    8.315270e-2,
    -1.228034e-2,
    9.804036e-4,
    -4.413030e-5,
    1.057734e-6,
    -1.052755e-8,
];

fn curves() -> [Curve; 4] {
    let horner = |ending: &str| {
        let last = format!("{:?}{ending}", TYPE_K[9]);
        TYPE_K[..9].iter().rev().fold(last, |inner, coefficient| {
            format!("({coefficient:?}{ending} + x * ({inner}))")
        })
    };
    [
        Curve {
            name: "thermistor",
            formula: "1/(1/298.15 + ln(x/(1 - x))/3950) - 273.15".into(),
            in_c: "1.0f / (1.0f / 298.15f + logf(x / (1.0f - x)) / 3950.0f) - 273.15f".into(),
            domain: (0.02, 0.98),
            tolerance: 0.1,
            unit: "K",
        },
        Curve {
            name: "thermocouple K",
            formula: horner(""),
            in_c: horner("f"),
            domain: (0.0, 20.644),
            tolerance: 0.1,
            unit: "K",
        },
        Curve {
            name: "gamma 2.2",
            formula: "x^2.2".into(),
            in_c: "powf(x, 2.2f)".into(),
            domain: (0.0, 1.0),
            tolerance: 1e-3,
            unit: "",
        },
        // M. Chen and G. Rincon-Mora, IEEE Trans. Energy Convers. 21 (2006): the open-circuit voltage by the state of charge.
        Curve {
            name: "battery",
            formula: "-1.031*exp(-35*x) + 3.685 + 0.2156*x - 0.1178*x^2 + 0.3201*x^3".into(),
            in_c:
                "-1.031f * expf(-35.0f * x) + 3.685f + x * (0.2156f + x * (-0.1178f + x * 0.3201f))"
                    .into(),
            domain: (0.0, 1.0),
            tolerance: 5e-3,
            unit: "V",
        },
    ]
}

/// A function in C, and what is known of it.
struct Source {
    what: String,
    text: String,
    dtype: Dtype,
    /// The first and the last input.
    inputs: (f64, f64),
    rows: Option<usize>,
    bytes: Option<usize>,
    error: Option<f64>,
}

pub(crate) fn compare(args: &MicrocontrollersArgs) -> Result<(), String> {
    println!(
        "A count is a mean over {} inputs. Flash is code and tables, with what the C library adds to an empty program.\n",
        args.inputs
    );
    for curve in curves() {
        let (low, high) = curve.domain;
        println!(
            "### {}, {low} to {high}, within {} {}\n\n| as | rows | table, bytes | error | flash M0 | flash AVR | M0, instructions | M4F, instructions | \
            AVR, cycles | x86-64, instructions |\n|---|---|---|---|---|---|---|---|---|---|",
            curve.name, curve.tolerance, curve.unit
        );
        for source in sources(&curve)? {
            let cell = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.0}"));
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let job = Job {
                folder: folder.path(),
                source: &source,
                n: args.inputs,
            };
            job.write()?;
            println!(
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                source.what,
                source.rows.map_or("-".into(), |rows| rows.to_string()),
                source.bytes.map_or("-".into(), |bytes| bytes.to_string()),
                source
                    .error
                    .map_or("-".into(), |error| format!("{error:.3e}")),
                cell(job.flash(&M0)),
                cell(job.flash(&AVR)),
                cell(job.arm(&M0)),
                cell(job.arm(&M4F)),
                cell(job.avr()),
                cell(job.host()),
            );
        }
        println!();
    }
    Ok(())
}

/// The curve as tables, as the formula, and as an equidistant table.
fn sources(curve: &Curve) -> Result<Vec<Source>, String> {
    let request = Request {
        function: Some(curve.formula.clone()),
        domain: Some(format!("{:?}:{:?}", curve.domain.0, curve.domain.1)),
        ..Request::default()
    };
    let mut all = Vec::new();
    for (dtype, lookup) in [
        (Dtype::F64, Lookup::Search),
        (Dtype::F32, Lookup::Search),
        (Dtype::Q15, Lookup::Search),
        (Dtype::Q15, Lookup::Uniform),
        (Dtype::Q31, Lookup::Search),
    ] {
        let target = Target {
            dtype,
            x_scale: None,
            y_scale: None,
        };
        let fitted =
            fit_within(&request, curve.tolerance, target).map_err(|error| error.to_string())?;
        all.push(table(&fitted, dtype, lookup)?);
    }
    all.push(Source {
        what: "f32, the C library".into(),
        text: format!(
            "#include <math.h>\nfloat curve(float x)\n{{\n    return {};\n}}\n",
            curve.in_c
        ),
        dtype: Dtype::F32,
        inputs: curve.domain,
        rows: None,
        bytes: None,
        error: None,
    });
    all.push(equidistant(curve, false)?);
    all.push(equidistant(curve, true)?);
    Ok(all)
}

fn table(finished: &Finished, dtype: Dtype, lookup: Lookup) -> Result<Source, String> {
    let options = Options {
        format: Format::C,
        form: None,
        dtype,
        name: "curve".into(),
        dialect: None,
        column: None,
        source: SourceOptions {
            lookup: Some(lookup),
            progmem: dtype != Dtype::F64,
            ..SourceOptions::default()
        },
    };
    let exported = export(&finished.fitted, &options).map_err(|error| error.to_string())?;
    let facts = exported.table.ok_or("no table")?;
    let (low, high) = finished.fitted.domain;
    Ok(Source {
        what: format!(
            "{}, {}",
            dtype.name(),
            if lookup == Lookup::Search {
                "search"
            } else {
                "cells"
            }
        ),
        text: String::from_utf8(exported.bytes).map_err(|error| error.to_string())?,
        dtype,
        inputs: facts.scales.map_or(
            (low, high),
            |TableScales {
                 ends: [first, last],
                 ..
             }| { (first as f64, last as f64) },
        ),
        rows: Some(facts.n_rows),
        bytes: Some(facts.n_bytes),
        error: facts.total(),
    })
}

/// The fewest equal cells in counts of 16 bits between whose ends a line is within the error: of any number, or a power of two, which
/// needs a shift in place of a multiplication.
fn equidistant(curve: &Curve, is_power: bool) -> Result<Source, String> {
    let f = Expression::parse(&curve.formula).map_err(|error| error.to_string())?;
    let (low, high) = curve.domain;
    let at = |count: f64| f.evaluate(&[low + (high - low) * (count + 32_768.0) / 65_535.0]);
    let values: Vec<f64> = (0..65_536).map(|x| at(f64::from(x) - 32_768.0)).collect();
    let ends = (f64::MAX, f64::MIN);
    let (least, most) = values
        .iter()
        .fold(ends, |(least, most), y| (least.min(*y), most.max(*y)));
    let (scale, middle) = ((most - least) / 65_529.0, f64::midpoint(least, most));
    let nodes = |n: usize| -> Vec<i32> {
        let place = |i: usize| (65_536.0 * i as f64 / n as f64).min(65_535.0) - 32_768.0;
        let node = |i: usize| ((at(place(i)) - middle) / scale).round() as i32;
        (0..=n).map(node).collect()
    };
    let error = |n: usize| {
        let table = nodes(n);
        let errors = values.iter().enumerate().map(|(x, wanted)| {
            let place = x * n;
            let (i, part) = (place >> 16, ((place & 0xffff) >> 1) as i32);
            let y = table[i] + (((table[i + 1] - table[i]) * part) >> 15);
            (middle + scale * f64::from(y) - wanted).abs()
        });
        errors.fold(0.0, f64::max)
    };
    let sizes = (1..20_000).filter(|n: &usize| !is_power || n.is_power_of_two());
    let found = sizes
        .map(|n| (n, error(n)))
        .find(|(_, error)| *error <= curve.tolerance);
    let (n, error) = found.ok_or("no equidistant table is within the error")?;
    let numbers: Vec<String> = nodes(n).iter().map(i32::to_string).collect();
    let shift = 16 - n.trailing_zeros();
    let (place, part, last) = match is_power {
        true => (
            format!("    const uint16_t i = (uint16_t)(u >> {shift});\n"),
            format!("(int32_t)(u & {}u)", (1_u32 << shift) - 1),
            shift,
        ),
        false => (
            format!(
                "    const uint32_t place = (uint32_t)u * {n}u;\n    const uint16_t i = (uint16_t)(place >> 16);\n"
            ),
            "(int32_t)((place & 0xffffu) >> 1)".into(),
            15,
        ),
    };
    let text = format!(
        "#include <stdint.h>\n#ifdef __AVR__\n#include <avr/pgmspace.h>\n#define FLASH PROGMEM\n#define READ(i) ((int16_t)pgm_read_word(&nodes[i]))\n\
        #else\n#define FLASH\n#define READ(i) nodes[i]\n#endif\nstatic const int16_t nodes[{}] FLASH = {{ {} }};\n\
        int16_t curve(int16_t x)\n{{\n    const uint16_t u = (uint16_t)((uint16_t)x - 32768u);\n{place}    const int16_t y = READ(i);\n    \
        return (int16_t)(y + (((READ(i + 1) - (int32_t)y) * {part}) >> {last}));\n}}\n",
        n + 1,
        numbers.join(", ")
    );
    Ok(Source {
        what: if is_power {
            "q15, equidistant, 2^k"
        } else {
            "q15, equidistant"
        }
        .into(),
        text,
        dtype: Dtype::Q15,
        inputs: (-32_768.0, 32_767.0),
        rows: Some(n),
        bytes: Some(2 * (n + 1)),
        error: Some(error),
    })
}

/// A compiler for a processor.
struct Processor {
    compiler: &'static str,
    size: &'static str,
    flags: &'static [&'static str],
    is_avr: bool,
}

const M0: Processor = Processor {
    compiler: "arm-none-eabi-gcc",
    size: "arm-none-eabi-size",
    flags: &["-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"],
    is_avr: false,
};

const M4F: Processor = Processor {
    flags: &[
        "-mcpu=cortex-m4",
        "-mthumb",
        "-mfloat-abi=hard",
        "-mfpu=fpv4-sp-d16",
    ],
    ..M0
};

const AVR: Processor = Processor {
    compiler: "avr-gcc",
    size: "avr-size",
    flags: &["-mmcu=atmega328p"],
    is_avr: true,
};

/// One function, compiled and counted in a folder of its own. None where a tool is not here.
struct Job<'a> {
    folder: &'a Path,
    source: &'a Source,
    n: usize,
}

impl Job<'_> {
    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(&self) -> Result<(), String> {
        let (low, high) = self.source.inputs;
        let inputs = linspace(low, high, self.n)
            .into_iter()
            .map(|x| match self.source.dtype {
                Dtype::Q15 | Dtype::Q31 => format!("{:.0},\n", x.trunc()),
                Dtype::F32 => format!("{:?}f,\n", (x as f32).clamp(low as f32, high as f32)),
                Dtype::F64 => format!("{x:?},\n"),
            });
        let write = |name: &str, text: &str| {
            fs::write(self.at(name), text).map_err(|error| error.to_string())
        };
        write("inputs.h", &inputs.collect::<String>())?;
        write("curve.c", &self.source.text)?;
        write(
            "empty.c",
            "int main(void)\n{\n    return 0;\n}\nvoid _start(void) __attribute__((weak));\nvoid _start(void)\n{\n    main();\n}\n",
        )
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Option<Output> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.folder)
            .output()
            .ok()?;
        if !output.status.success() {
            eprintln!(
                "{program} {}: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        output.status.success().then_some(output)
    }

    /// The macros by which the callers know the function.
    fn macros(&self) -> [String; 4] {
        let real = match self.source.dtype {
            Dtype::F64 => "double",
            Dtype::F32 => "float",
            Dtype::Q15 => "int16_t",
            Dtype::Q31 => "int32_t",
        };
        [
            "-DFN=curve".into(),
            "-DNAME=\"curve\"".into(),
            format!("-DREAL={real}"),
            format!("-DN={}", self.n),
        ]
    }

    /// The function alone, as an object.
    fn object(&self, processor: &Processor, level: &str) -> Option<()> {
        let fixed = [
            level,
            "-std=c99",
            "-ffunction-sections",
            "-fdata-sections",
            "-c",
            "curve.c",
            "-o",
            "curve.o",
        ];
        self.run(processor.compiler, &[processor.flags, &fixed].concat())
            .map(drop)
    }

    /// What it adds to the flash of an empty program.
    fn flash(&self, processor: &Processor) -> Option<f64> {
        self.object(processor, "-Os")?;
        let start: &[&str] = if processor.is_avr {
            &[]
        } else {
            &["-nostartfiles"]
        };
        let link = |more: &[&str], out: &str| {
            let fixed = ["-Os", "-Wl,--gc-sections", "-o", out, "empty.c"];
            self.run(
                processor.compiler,
                &[processor.flags, start, &fixed, more, &["-lm"]].concat(),
            )?;
            let sections = self.run(processor.size, &["-A", out])?;
            let sections = String::from_utf8_lossy(&sections.stdout).into_owned();
            let held = [
                ".text", ".rodata", ".data", ".progmem", ".init", ".fini", ".ARM.ex",
            ];
            let sizes = sections
                .lines()
                .filter(|line| held.iter().any(|name| line.starts_with(name)));
            Some(
                sizes
                    .filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
                    .sum::<f64>(),
            )
        };
        Some(link(&["-Wl,-u,curve", "curve.o"], "with.elf")? - link(&[], "without.elf")?)
    }

    /// Instructions of a call, those of the library's functions included: qemu names each as it executes it.
    fn arm(&self, processor: &Processor) -> Option<f64> {
        self.object(processor, "-Os")?;
        let macros = self.macros();
        let macros: Vec<&str> = macros.iter().map(String::as_str).collect();
        let (calls, start) = (support("calls.c"), support("arm.c"));
        let files = ["-I.", &calls, &start, "curve.o", "-lm", "-o", "curve.elf"];
        self.run(
            processor.compiler,
            &[
                processor.flags,
                &["-Os", "-nostartfiles", "-Wl,--gc-sections"],
                &macros,
                &files,
            ]
            .concat(),
        )?;
        let symbols = self.run("arm-none-eabi-nm", &["curve.elf"])?;
        let symbols = String::from_utf8_lossy(&symbols.stdout).into_owned();
        let address = |name: &str| {
            let line = symbols
                .lines()
                .find(|line| line.split_whitespace().nth(2) == Some(name));
            u64::from_str_radix(line?.split_whitespace().next()?, 16).ok()
        };
        let (entry, back) = (address("curve")?, address("returned")?);
        let help = Command::new("qemu-arm").arg("--help").output().ok()?;
        let single = match String::from_utf8_lossy(&help.stdout).contains("one-insn-per-tb") {
            true => "-one-insn-per-tb",
            false => "-singlestep",
        };
        let mut qemu = Command::new("qemu-arm")
            .args([
                "-cpu",
                "cortex-a15",
                single,
                "-d",
                "exec,nochain",
                "curve.elf",
            ])
            .current_dir(self.folder)
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let (mut is_inside, mut instructions, mut calls) = (false, 0_u64, 0_usize);
        for line in BufReader::new(qemu.stderr.take()?).lines() {
            let line = line.ok()?;
            let Some(at) = line
                .split('/')
                .nth(1)
                .and_then(|at| u64::from_str_radix(at, 16).ok())
            else {
                continue;
            };
            if at == entry && !is_inside {
                is_inside = true;
            } else if at == back && is_inside {
                is_inside = false;
                calls += 1;
            }
            instructions += u64::from(is_inside);
        }
        let is_whole = qemu.wait().ok()?.success() && calls == self.n;
        is_whole.then(|| instructions as f64 / self.n as f64)
    }

    /// Cycles of a call.
    fn avr(&self) -> Option<f64> {
        if self.source.dtype == Dtype::F64 {
            return None; // its double has 32 bits
        }
        self.object(&AVR, "-Os")?;
        let macros = self.macros();
        let macros: Vec<&str> = macros.iter().map(String::as_str).collect();
        let start = support("avr.c");
        let files = ["-I.", &start, "curve.o", "-lm", "-o", "curve.elf"];
        self.run(
            AVR.compiler,
            &[
                AVR.flags,
                &["-Os", "-std=gnu99", "-DCOUNT", "-Wl,--gc-sections"],
                &macros,
                &files,
            ]
            .concat(),
        )?;
        let output = self.run(
            "simavr",
            &["-m", "atmega328p", "-f", "16000000", "curve.elf"],
        )?;
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        if !printed.contains("@status 0") {
            return None;
        }
        let sum = printed
            .split("@cycles ")
            .nth(1)?
            .split_whitespace()
            .next()?;
        sum.parse().ok().map(|sum: f64| sum / self.n as f64)
    }

    /// Instructions of a call on this machine.
    fn host(&self) -> Option<f64> {
        let macros = self.macros();
        let macros: Vec<&str> = macros.iter().map(String::as_str).collect();
        let calls = support("calls.c");
        let files = ["-I.", &calls, "curve.c", "-lm", "-o", "curve"];
        self.run(
            "gcc",
            &[
                &["-O2", "-fno-inline", "-no-pie", "-Wl,-z,now"],
                &macros[..],
                &files,
            ]
            .concat(),
        )?;
        let counted = [
            "--tool=callgrind",
            "--toggle-collect=curve",
            "--callgrind-out-file=counts",
            "./curve",
        ];
        self.run("valgrind", &counted)?;
        let counts = fs::read_to_string(self.at("counts")).ok()?;
        let total = counts
            .lines()
            .find_map(|line| line.strip_prefix("totals: "))?;
        total
            .trim()
            .parse()
            .ok()
            .map(|total: f64| total / self.n as f64)
    }
}

/// A file that a program for another processor needs.
fn support(name: &str) -> String {
    format!("{}/targets/{name}", env!("CARGO_MANIFEST_DIR"))
}
