use shallow_analytic::Moments;
use shallow_splines::{BestNets, Spline};

struct Uniform(u64);
impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn between(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.next()
    }
    fn log(&mut self, a: f64, b: f64) -> f64 {
        self.between(a.ln(), b.ln()).exp()
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() * n as f64) as usize
    }
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.next()).ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
    }
}

#[derive(Clone, Copy, Debug)]
struct Parabola {
    least: f64,
    steep: f64,
    at: f64,
    from: (usize, usize),
}
impl Parabola {
    fn value(&self, v: f64) -> f64 {
        self.least + self.steep * (v - self.at).powi(2)
    }
}

/// exact lower envelope: intervals (from, parabola)
fn insert(env: &mut Vec<(f64, Parabola)>, p: Parabola) {
    if env.is_empty() {
        env.push((f64::NEG_INFINITY, p));
        return;
    }
    let mut out: Vec<(f64, Parabola)> = Vec::new();
    let mut push = |s: f64, q: Parabola| {
        if let Some(last) = out.last() {
            if last.1.from == q.from {
                return;
            }
        }
        out.push((s, q));
    };
    for i in 0..env.len() {
        let (l, q) = env[i];
        let r = env.get(i + 1).map_or(f64::INFINITY, |e| e.0);
        // p - q = a v^2 + b v + c
        let a = p.steep - q.steep;
        let b = -2.0 * (p.steep * p.at - q.steep * q.at);
        let c = p.least - q.least + p.steep * p.at * p.at - q.steep * q.at * q.at;
        let mut roots = Vec::new();
        if a == 0.0 {
            if b != 0.0 {
                roots.push(-c / b);
            }
        } else {
            let d = b * b - 4.0 * a * c;
            if d > 0.0 {
                let s = d.sqrt();
                let t = -0.5 * (b + s.copysign(b));
                let (x, y) = (t / a, if t != 0.0 { c / t } else { 0.0 });
                roots.push(x.min(y));
                roots.push(x.max(y));
            }
        }
        let mut edges = vec![l];
        edges.extend(roots.into_iter().filter(|x| *x > l && *x < r));
        for (k, &e) in edges.iter().enumerate() {
            let f = edges.get(k + 1).copied().unwrap_or(r);
            let mid = match (e.is_finite(), f.is_finite()) {
                (true, true) => 0.5 * (e + f),
                (false, true) => f - 1.0 - f.abs(),
                (true, false) => e + 1.0 + e.abs(),
                _ => 0.0,
            };
            push(e, if p.value(mid) < q.value(mid) { p } else { q });
        }
    }
    *env = out;
}

/// exact functional dynamic programme over knots at places
fn reference(x: &[f64], y: &[f64], places: &[usize], m: usize, bound: f64) -> Option<Vec<f64>> {
    let n = x.len();
    let pre: Vec<[f64; 6]> = std::iter::once([0.0; 6])
        .chain((0..n).scan([0.0; 6], |s, i| {
            let t = [1.0, x[i], x[i] * x[i], y[i], x[i] * y[i], y[i] * y[i]];
            for k in 0..6 {
                s[k] += t[k];
            }
            Some(*s)
        }))
        .collect();
    let last = places.len() - 1;
    if m > last {
        return None;
    }
    let mut levels: Vec<Vec<Vec<Parabola>>> = vec![vec![Vec::new(); places.len()]];
    levels[0][0].push(Parabola {
        least: 0.0,
        steep: 0.0,
        at: 0.0,
        from: (0, 0),
    });
    for k in 1..=m {
        let mut level = vec![Vec::new(); places.len()];
        for to in k..=last {
            if (k == m) != (to == last) {
                continue;
            }
            let mut env = Vec::new();
            for from in k - 1..to {
                if levels[k - 1][from].is_empty() {
                    continue;
                }
                let (a, b) = (places[from], if to == last { n } else { places[to] });
                let s: Vec<f64> = (0..6).map(|i| pre[b][i] - pre[a][i]).collect();
                let (pa, pb) = (x[places[from]], x[places[to]]);
                let w = s[0];
                let (mx, my) = (s[1] / w, s[3] / w);
                // recompute centred directly for accuracy
                let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
                if b - a <= 2000 {
                    for i in a..b {
                        xx += (x[i] - mx).powi(2);
                        xy += (x[i] - mx) * (y[i] - my);
                        yy += (y[i] - my).powi(2);
                    }
                }
                let slope = if xx > 0.0 { xy / xx } else { 0.0 };
                let sq = (yy - slope * xy).max(0.0);
                let l = pb - pa;
                let t = (mx - pa) / l;
                let tilt = xx / (l * l);
                let (vv, vw, ww) = (
                    w * (1.0 - t) * (1.0 - t) + tilt,
                    w * t * (1.0 - t) - tilt,
                    w * t * t + tilt,
                );
                let (la, lb) = (my + slope * (pa - mx), my + slope * (pb - mx));
                for (which, q) in levels[k - 1][from].iter().enumerate() {
                    let d = q.steep + vv;
                    let off = q.at - la;
                    let (steep, pull, rest) = if d > 0.0 {
                        (
                            ww - vw * vw / d,
                            q.steep * off * vw / d,
                            q.steep * off * off * (1.0 - q.steep / d),
                        )
                    } else {
                        (ww, 0.0, 0.0)
                    };
                    let steep = steep.max(0.0);
                    let shift = if steep > 1e-12 * ww {
                        pull / steep
                    } else {
                        0.0
                    };
                    let least = q.least + sq + (rest - pull * shift).max(0.0);
                    if least > bound {
                        continue;
                    }
                    insert(
                        &mut env,
                        Parabola {
                            least,
                            steep,
                            at: lb - shift,
                            from: (from, which),
                        },
                    );
                }
            }
            level[to] = env.into_iter().map(|e| e.1).collect();
        }
        levels.push(level);
    }
    let end = levels[m][last]
        .iter()
        .min_by(|a, b| a.least.total_cmp(&b.least))?;
    let mut knots = vec![x[places[last]]];
    let mut from = end.from;
    for k in (0..m).rev() {
        knots.push(x[places[from.0]]);
        from = levels[k][from.0][from.1].from;
    }
    knots.reverse();
    Some(knots)
}

fn problem(u: &mut Uniform, n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let even = u.next() < 0.5;
    let mut x: Vec<f64> = (0..n)
        .map(|i| {
            if even {
                -1.0 + 2.0 * i as f64 / (n - 1) as f64
            } else {
                u.between(-1.0, 1.0)
            }
        })
        .collect();
    x.sort_by(f64::total_cmp);
    x.dedup();
    let base = u.below(6);
    let (a, b) = (u.log(0.3, 6.0), u.between(-1.0, 1.0));
    let mut y: Vec<f64> = x
        .iter()
        .map(|x| match base {
            0 => 0.0,
            1 => x.exp(),
            2 => (a * x + b).sin(),
            3 => a * x * x,
            4 => (a * (x - b)).tanh(),
            _ => b * x,
        })
        .collect();
    let mut centres = Vec::new();
    for _ in 0..1 + u.below(3) {
        let (c, w, h, kind) = (
            u.between(-1.0, 1.0),
            u.log(3.0 / n as f64, 0.3),
            u.log(0.1, 5.0) * if u.next() < 0.5 { -1.0 } else { 1.0 },
            u.below(4),
        );
        centres.extend([c, c - w, c + w]);
        for (x, y) in x.iter().zip(&mut y) {
            let t = (x - c) / w;
            *y += h * match kind {
                0 => (1.0 - t.abs()).max(0.0),
                1 => (-t * t).exp(),
                2 => f64::from(t > 0.0),
                _ => t.max(0.0).min(1.0),
            };
        }
    }
    if u.below(3) == 0 {
        let s = u.log(1e-3, 0.3);
        for y in &mut y {
            *y += s * u.normal();
        }
    }
    (x, y, centres)
}

#[test]
#[ignore]
fn statistics() {
    let draws: usize = std::env::var("DRAWS")
        .ok()
        .and_then(|d| d.parse().ok())
        .unwrap_or(200);
    let seed: u64 = std::env::var("SEED")
        .ok()
        .and_then(|d| d.parse().ok())
        .unwrap_or(1);
    for n in std::env::var("NS").map_or(vec![60, 10_000], |s| {
        s.split(',').map(|n| n.parse().unwrap()).collect()
    }) {
        let mut ratios = Vec::new();
        let mut bad = Vec::new();
        let mut chained_bad = 0;
        let (mut t_ours, mut t_ref) = (0.0, 0.0);
        for draw in std::env::var("ONLY").map_or((0..draws).collect::<Vec<_>>(), |d| {
            d.split(',').map(|d| d.parse().unwrap()).collect()
        }) {
            let mut u = Uniform(seed.wrapping_mul(1_000_003) + (draw as u64) * 7919 + n as u64);
            let (x, y, centres) = problem(&mut u, n);
            let m = 2 + u.below(8);
            let places: Vec<usize> = if n <= 200 {
                (0..x.len()).collect()
            } else {
                let mut p: Vec<usize> = (0..60).map(|i| i * (n - 1) / 59).collect();
                for c in &centres {
                    let at = x.partition_point(|x| x < c);
                    for d in [
                        -300i64, -100, -50, -30, -10, -5, -3, -2, -1, 0, 1, 2, 3, 5, 10, 30, 50,
                        100, 300,
                    ] {
                        let q = at as i64 + d;
                        if q >= 0 && q < x.len() as i64 {
                            p.push(q as usize);
                        }
                    }
                }
                p.push(0);
                p.push(x.len() - 1);
                p.sort_unstable();
                p.dedup();
                p
            };
            let moments = Moments::new(&x, &y);
            let clock = std::time::Instant::now();
            let ours = Spline::best(&moments, m, &[]).1;
            t_ours += clock.elapsed().as_secs_f64();
            let clock = std::time::Instant::now();
            let knots = reference(&x, &y, &places, m, ours * x.len() as f64 * 1.5);
            t_ref += clock.elapsed().as_secs_f64();
            let best = knots.map_or(ours, |k| Spline::best(&moments, m, &[k]).1.min(ours));
            let scale = y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64;
            let ratio = if ours <= 1e-26 * scale {
                1.0
            } else {
                (ours / best.max(1e-28 * scale)).sqrt()
            };
            let best = best.min(BestNets::new(&moments).bound(m));
            let chained = BestNets::new(&moments).bound(m);
            let chained = if chained <= 1e-26 * scale {
                1.0
            } else {
                (chained / best.max(1e-28 * scale)).sqrt()
            };
            if chained > 1.01 {
                chained_bad += 1;
                let mx: Vec<f64> = x.iter().rev().map(|x| -x).collect();
                let my: Vec<f64> = y.iter().rev().copied().collect();
                let mk = reference(
                    &mx,
                    &my,
                    &places
                        .iter()
                        .rev()
                        .map(|p| x.len() - 1 - p)
                        .collect::<Vec<_>>(),
                    m,
                    1e300,
                )
                .unwrap();
                let mm = Moments::new(&mx, &my);
                println!(
                    "   exact mirrored start {:e} after {:e}; exact start {:e}",
                    Spline::with_knots(&mm, &mk).1.sqrt(),
                    Spline::best(&mm, m, &[mk.clone()]).1.sqrt(),
                    Spline::with_knots(&moments, &reference(&x, &y, &places, m, 1e300).unwrap())
                        .1
                        .sqrt()
                );
                println!(
                    "  chained: {draw} {m} {chained} best {:e} scale {:e} mirrored {:e}",
                    best.sqrt(),
                    scale.sqrt(),
                    Spline::best(&moments.mirrored(), m, &[]).1.sqrt()
                );
            }
            ratios.push(ratio);
            if ratio > 1.01 {
                bad.push((draw, m, ratio, ours.sqrt(), best.sqrt()));
            }
        }
        ratios.sort_by(f64::total_cmp);
        println!(
            "n {n}: chained {chained_bad}; {} of {draws} above 1.01, worst {:.3}; ours {:.2} ms, reference {:.1} ms each",
            bad.len(),
            ratios[ratios.len() - 1],
            1e3 * t_ours / draws as f64,
            1e3 * t_ref / draws as f64
        );
        for b in bad.iter().take(8) {
            println!("   {b:?}");
        }
    }
}

#[test]
#[ignore]
fn properties() {
    let draws: usize = std::env::var("DRAWS")
        .ok()
        .and_then(|d| d.parse().ok())
        .unwrap_or(50);
    for n in std::env::var("NS").map_or(vec![12usize, 60, 150, 1000, 10_000], |s| {
        s.split(',').map(|n| n.parse().unwrap()).collect()
    }) {
        let (mut rising, mut mirror, mut scaled, mut permuted, mut unsound, mut steps) =
            (0, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0);
        let mut over_line = 0.0_f64;
        let clock = std::time::Instant::now();
        let mut worst = 0.0_f64;
        let mut below = 0.0_f64;
        let mut scaled_bad = 0;
        for draw in std::env::var("ONLY").map_or(0..draws, |d| {
            let d: usize = d.parse().unwrap();
            d..d + 1
        }) {
            let mut u = Uniform(99 + (draw as u64) * 7919 + n as u64);
            let (x, mut y, _) = problem(&mut u, n);
            if u.below(3) == 0 {
                for y in &mut y {
                    *y = (*y * 8.0).round() / 8.0;
                }
            }
            let x: Vec<f64> = if u.below(4) == 0 {
                x.iter().map(|x| (x * n as f64 / 6.0).round()).collect()
            } else {
                x
            };
            let top = 1 + u.below(14);
            let moments = Moments::new(&x, &y);
            let nets = BestNets::new(&moments);
            let factor = u.between(0.1, 10.0);
            let mx: Vec<f64> = x.iter().map(|x| -x).collect();
            let sy: Vec<f64> = y.iter().map(|y| y * factor).collect();
            let rx: Vec<f64> = x.iter().rev().copied().collect();
            let ry: Vec<f64> = y.iter().rev().copied().collect();
            let (mm, sm, pm) = (
                Moments::new(&mx, &y),
                Moments::new(&x, &sy),
                Moments::new(&rx, &ry),
            );
            let (mn, sn, pn) = (BestNets::new(&mm), BestNets::new(&sm), BestNets::new(&pm));
            let scale = (y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64).sqrt();
            let mean = y.iter().sum::<f64>() / y.len() as f64;
            let deviation =
                (y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / y.len() as f64).sqrt();
            let _ = deviation;
            let mut before = f64::INFINITY;
            for h in 1..=top {
                let net = nets.of(h);
                let alone = BestNets::new(&moments).of(h);
                assert_eq!(alone.loss.to_bits(), net.loss.to_bits(), "a width alone");
                let p = net.weights.predict(&x);
                let shipped = (p.iter().zip(&y).map(|(p, y)| (p - y).powi(2)).sum::<f64>()
                    / y.len() as f64)
                    .sqrt();
                let rms = net.loss.sqrt();
                let floor = 1e-9 * scale;
                unsound = unsound.max((shipped - rms).abs() / (rms + floor));
                if h == 1 {
                    let line = Spline::best(&moments, 1, &[]).1.sqrt();
                    over_line = over_line.max(shipped / (line + floor));
                }
                if before.is_finite() {
                    steps += 1;
                    if shipped > before * (1.0 + 1e-9) + floor {
                        rising += 1;
                        worst = worst.max(shipped / before);
                        println!("   rises: draw {draw} h {h} {before} {shipped}");
                    }
                }
                before = shipped;
                below = below.max((net.bound / net.loss.max(1e-300)).sqrt());
                let off = |other: f64| (other - rms).abs() / (rms + floor);
                mirror = mirror.max(off(mn.of(h).loss.sqrt()));
                permuted = permuted.max(off(pn.of(h).loss.sqrt()));
                let s = off(sn.of(h).loss.sqrt() / factor);
                if (net.bound / net.loss.max(1e-30)).sqrt() > 1.000001 {
                    println!(
                        "  bound: draw {draw} h {h} bound {:e} net {:e} scale {scale:e}",
                        net.bound.sqrt(),
                        rms
                    );
                }
                if s > 1e-9 {
                    println!(
                        "  scaled: draw {draw} h {h} {rms:e} {:e} off {s:e} scale {scale:e} sides {}",
                        sn.of(h).loss.sqrt() / factor,
                        net.spline.n_pieces()
                    );
                    scaled_bad += 1;
                }
                scaled = scaled.max(s);
            }
        }
        println!(
            "n {n}: {steps} steps, {rising} rise, worst {worst:.3}; mirror {mirror:.1e} permuted {permuted:.1e} scaled {scaled:.1e} ({scaled_bad}) shipped {unsound:.1e} over line {over_line:.6} bound/net {below:.6}; {:.1} s",
            clock.elapsed().as_secs_f64()
        );
    }
}
