//! Data-parallel training in two processes, over Burn's remote device: half of the samples here, half in a server that this starts.

use std::{
    env,
    net::TcpListener,
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use shallow::burn::nn::{Linear, LinearConfig};
use shallow::burn::optim::{GradientsAccumulator, GradientsParams, SgdConfig};
use shallow::burn::remote::RemoteHost;
use shallow::burn::server::{RemoteServer, WebSocketTransport};
use shallow::burn::tensor::{Device, Tensor, TensorData};
use shallow::burn::{self, module::Module};

const SAMPLES: usize = 1024;
const STEPS: usize = 200;

/// Four inputs, sixteen hidden units, one output.
#[derive(Module, Debug)]
struct Net {
    hidden: Linear,
    output: Linear,
}

impl Net {
    fn new(device: &Device) -> Self {
        device.seed(42);
        Self {
            hidden: LinearConfig::new(4, 16).init(device),
            output: LinearConfig::new(16, 1).init(device),
        }
    }

    fn loss(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
        let off = self.output.forward(self.hidden.forward(x).tanh()) - y;
        (off.clone() * off).mean()
    }
}

/// Every `of`-th of the samples, from one on.
fn samples(from: usize, of: usize, device: &Device) -> (Tensor<2>, Tensor<2>) {
    let row = |i: usize| {
        [0.754_877, 0.569_840, 0.430_160, 0.324_718]
            .map(|step| (i as f32 * step).fract() * 2.0 - 1.0)
    };
    let rows: Vec<[f32; 4]> = (from..SAMPLES).step_by(of).map(row).collect();
    let y: Vec<f32> = rows
        .iter()
        .map(|x| x[0] * x[1] + x[2].sin() - x[3])
        .collect();
    let n = rows.len();
    let x = TensorData::new(rows.concat(), [n, 4]);
    (
        Tensor::from_data(x, device),
        Tensor::from_data(TensorData::new(y, [n, 1]), device),
    )
}

/// Gradient descent on some devices, each with its share of the samples. The first has the network, and gathers the gradients. Returns
/// the last loss.
fn train(devices: &[Device]) -> f32 {
    let devices: Vec<Device> = devices.iter().cloned().map(Device::autodiff).collect();
    let n = devices.len();
    let shares: Vec<_> = (0..n).map(|at| samples(at, n, &devices[at])).collect();
    let (mut net, mut descent) = (Net::new(&devices[0]), SgdConfig::new().init());
    let mut last = f32::NAN;
    for _ in 0..STEPS {
        let mut losses = Vec::new();
        let mut gradients = Vec::new();
        for (device, (x, y)) in devices.iter().zip(&shares) {
            let copy = net.clone().fork(device);
            let loss = copy.loss(x.clone(), y.clone()) / n as f32;
            gradients.push(GradientsParams::from_grads(loss.backward(), &copy));
            losses.push(loss);
        }
        // All are at work by now; what is summed waits for them.
        let mut sum = GradientsAccumulator::new();
        for gradient in gradients {
            sum.accumulate(&net, gradient.to_device(&devices[0], &net));
        }
        net = descent.step(0.2, net, sum.grads());
        last = losses.into_iter().map(Tensor::into_scalar::<f32>).sum();
    }
    last
}

/// A server in another process, on this machine alone, until it is dropped.
struct Server(Child);

impl Server {
    fn start(port: u16) -> std::io::Result<Self> {
        let program = env::current_exe()?;
        let child = Command::new(program)
            .args(["serve", &port.to_string()])
            .spawn()?;
        sleep(Duration::from_millis(300));
        Ok(Self(child))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let [_, command, port] = &env::args().collect::<Vec<_>>()[..]
        && command == "serve"
    {
        let listener = TcpListener::bind(("127.0.0.1", port.parse()?))?;
        let transport = WebSocketTransport::from_listener(listener);
        return Ok(RemoteServer::new([Device::flex()]).serve(transport)?);
    }
    let here = Device::flex();
    let clock = Instant::now();
    let alone = train(std::slice::from_ref(&here));
    println!(
        "one process    loss {alone:.7}, {:.2} s",
        clock.elapsed().as_secs_f64()
    );

    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let _server = Server::start(port)?;
    let host = RemoteHost::websocket(&format!("ws://127.0.0.1:{port}"));
    let there = Device::remote_options(&host).init()?;
    let clock = Instant::now();
    let together = train(&[here, there]);
    println!(
        "two processes  loss {together:.7}, {:.2} s",
        clock.elapsed().as_secs_f64()
    );
    // Sums in another order, in f32.
    match (together - alone).abs() <= 1e-4 * alone {
        true => Ok(()),
        false => Err(format!("the losses {alone} and {together} differ").into()),
    }
}
