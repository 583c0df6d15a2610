//! tmp
use shallow_analytic::*;
use std::time::Instant;
fn main() {
    let mut state = 42u64;
    let mut uni = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let args: Vec<usize> = std::env::args()
        .skip(1)
        .map(|a| a.parse::<f64>().unwrap() as usize)
        .collect();
    let (ns, hs) = if args.len() == 3 {
        (vec![10_000, 1_000_000], vec![64, 256])
    } else if args.len() == 2 {
        (vec![args[0]], vec![args[1]])
    } else {
        (
            vec![1000, 10_000, 100_000, 1_000_000, 10_000_000],
            vec![16, 64, 256, 1024],
        )
    };
    for &n in &ns {
        let x: Vec<f64> = (0..n).map(|_| 2.0 * uni() - 1.0).collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| (std::f64::consts::PI * x).sin() + x * x / 2.0)
            .collect();
        let t = Instant::now();
        let moments = Moments::new(&x, &y);
        let prep = t.elapsed().as_secs_f64();
        for &h in &hs {
            let mut normal = || {
                let (u, v) = (1.0 - uni(), uni());
                (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
            };
            let mut w = ReluWeights::random(1, h, 1, &mut normal);
            let mut g = w.clone();
            let lr = 0.01 * (64.0 / h as f64).min(1.0);
            if args.len() == 2 {
                let w0 = w.clone();
                let mut best = [1e9f64; 3];
                for _ in 0..200 {
                    w = w0.clone();
                    let mut e = ExactGradient::new(&moments, h);
                    for (r, (start, stop)) in [(0, 500), (500, 1000), (1000, 1500)]
                        .into_iter()
                        .enumerate()
                    {
                        let t = Instant::now();
                        for _ in start..stop {
                            std::hint::black_box(e.loss_and_gradient(&w, Reduction::Mean, &mut g));
                            for (p, g) in w.blocks_mut().into_iter().zip(g.blocks()) {
                                p.iter_mut().zip(g).for_each(|(p, g)| *p -= lr * g);
                            }
                        }
                        best[r] = best[r].min(t.elapsed().as_secs_f64() * 1e6 / 500.0);
                    }
                }
                println!("best {best:.3?} prep {:.2} ms", prep * 1e3);
                continue;
            }
            let mut e = ExactGradient::new(&moments, h);
            let mut out = vec![];
            let mut loss = 0.0;
            for (start, stop) in [
                (0, 500),
                (500, 2000),
                (2000, 20000),
                (20000, 40000),
                (40000, 200_000),
            ] {
                let t = Instant::now();
                for _ in start..stop {
                    loss = e.loss_and_gradient(&w, Reduction::Mean, &mut g);
                    for (p, g) in w.blocks_mut().into_iter().zip(g.blocks()) {
                        p.iter_mut().zip(g).for_each(|(p, g)| *p -= lr * g);
                    }
                }
                out.push(format!(
                    "{:.2}",
                    t.elapsed().as_secs_f64() / (stop - start) as f64 * 1e6
                ));
            }
            println!(
                "n {n} h {h}: prep {:.1} ms, us a step {out:?}, loss {loss:.3e}",
                prep * 1e3
            );
        }
    }
}
