//! The best networks beside what bounds them: on every target by width, and on random functions beside an exact search.

mod problems;
mod reference;

use std::time::Instant;

use clap::Args;
use shallow::{
    analytic::Moments,
    data::{FREE_KNOT_TARGETS, TARGETS, linspace},
    splines::{BestNets, Spline},
};

use problems::{Problem, Uniform};

#[derive(Args)]
pub(crate) struct NetsArgs {
    /// Hidden units
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32,64")]
    hidden: Vec<usize>,
    /// Samples, evenly spaced
    #[arg(long, default_value_t = 10_000)]
    samples: usize,
    /// Random functions of each number of samples; 0 leaves them out
    #[arg(long, default_value_t = 100)]
    draws: u64,
    /// Their samples
    #[arg(long, value_delimiter = ',', default_value = "60,150,1000")]
    draw_samples: Vec<usize>,
    /// Their seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn compare(args: &NetsArgs) -> Result<(), String> {
    if args.samples < 3 || args.hidden.contains(&0) || args.draw_samples.iter().any(|n| *n < 30) {
        return Err("there must be at least 3 samples, 1 hidden unit and 30 samples a draw".into());
    }
    targets(args);
    let n_bad: u64 = (args.draw_samples.iter()).map(|n| draws(args, *n)).sum();
    match n_bad {
        0 => Ok(()),
        n => Err(format!(
            "{n} networks are worse than narrower ones, or change with the samples' order"
        )),
    }
}

fn targets(args: &NetsArgs) {
    println!(
        "{} samples of each target; RMS of the best network found, of the best h pieces over its own, its own over that of the best h + 1 pieces, and seconds\n",
        args.samples
    );
    println!(
        "| function | h | RMS | h pieces / net | net / h + 1 pieces | seconds |\n|---|---|---|---|---|---|"
    );
    for target in TARGETS.iter().chain(&FREE_KNOT_TARGETS) {
        let x = linspace(target.domain.0, target.domain.1, args.samples);
        let y: Vec<f64> = x.iter().map(|x| (target.f)(*x)).collect();
        let moments = Moments::new(&x, &y);
        for &hidden in &args.hidden {
            let clock = Instant::now();
            let net = BestNets::new(&moments).of(hidden);
            let seconds = clock.elapsed().as_secs_f64();
            let simple = Spline::best(&moments, hidden, &[]).1;
            // RMS of 1e-13 are rounding.
            let times = |above: f64, below: f64| match below < 1e-26 {
                true => "exact".into(),
                false => format!("{:.3}", (above / below).sqrt()),
            };
            let ratios = format!(
                "{} | {}",
                times(simple, net.loss),
                times(net.loss, net.bound)
            );
            println!(
                "| {} | {hidden} | {:.3e} | {ratios} | {seconds:.4} |",
                target.name,
                net.loss.sqrt()
            );
        }
    }
}

/// How many of the random functions' networks are not what is promised.
fn draws(args: &NetsArgs, n: usize) -> u64 {
    let (mut ratios, mut n_bad, mut n_steps) = (Vec::new(), 0, 0_u64);
    let (mut ours, mut theirs) = (0.0, 0.0);
    for draw in 0..args.draws {
        let mut uniform = Uniform::new(args.seed, n, draw);
        let problem = Problem::draw(&mut uniform, n);
        let n_pieces = 2 + uniform.below(8);
        let Problem { x, y, .. } = &problem;
        let moments = Moments::new(x, y);

        let clock = Instant::now();
        let nets = BestNets::new(&moments);
        let found = nets.bound(n_pieces);
        ours += clock.elapsed().as_secs_f64();
        let clock = Instant::now();
        let exact = reference::knots(x, y, &problem.places(), n_pieces, 1.5 * found * n as f64);
        theirs += clock.elapsed().as_secs_f64();
        // Knots at samples, then moved from there.
        let exact = exact.map_or(found, |knots| Spline::best(&moments, n_pieces, &[knots]).1);
        let negligible = 1e-20 * moments.total()[5].hi / n as f64;
        ratios.push(if found <= negligible {
            1.0
        } else {
            (found / exact.max(negligible)).sqrt()
        });

        let (mirrored, turned) = (moments.mirrored(), Moments::new(&reversed(x), &reversed(y)));
        let (mirrored, turned) = (BestNets::new(&mirrored), BestNets::new(&turned));
        let mut before = f64::INFINITY;
        for hidden in 1..n_pieces {
            let loss = nets.of(hidden).loss;
            let is_same = |other: f64| (other - loss).abs() <= 1e-9 * loss + negligible;
            let is_right = loss <= before * (1.0 + 1e-9) + negligible
                && is_same(mirrored.of(hidden).loss)
                && is_same(turned.of(hidden).loss);
            n_steps += 1;
            n_bad += u64::from(!is_right);
            before = loss;
        }
    }
    ratios.sort_by(f64::total_cmp);
    if let Some(worst) = ratios.last() {
        let n_close = ratios.iter().filter(|ratio| **ratio <= 1.01).count();
        println!(
            "\n{} random functions of {n} samples, 2 to 9 pieces: {n_close} within 1.01 of an exact search among knots at samples, polished; worst {worst:.3}. {:.1} ms each, with all narrower ones; the exact search {:.1} ms. Of {n_steps} networks {n_bad} are worse than a narrower one, or change with the samples' order or their mirror image.",
            args.draws,
            1e3 * ours / args.draws as f64,
            1e3 * theirs / args.draws as f64,
        );
    }
    n_bad
}

fn reversed(values: &[f64]) -> Vec<f64> {
    values.iter().rev().copied().collect()
}
