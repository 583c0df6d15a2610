//! A module of your own: any layers, loss, optimizer and batches; saved, loaded and checked. `--device NAME` says where.

use shallow::burn::nn::loss::{HuberLossConfig, Reduction};
use shallow::burn::nn::{Linear, LinearConfig};
use shallow::burn::{self, module::Module, optim::AdamWConfig, tensor::Tensor};
use shallow::data::{Dataset, Draw, SeededRng};
use shallow::train::{FitConfig, Training, mean_squared_error};

#[derive(Module, Debug)]
struct MyNet {
    layers: [Linear; 3],
}

impl shallow::model::Regressor for MyNet {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let hidden = self.layers[0].forward(x).tanh();
        self.layers[2].forward(self.layers[1].forward(hidden).tanh())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args()
        .skip_while(|flag| flag != "--device")
        .nth(1);
    let device = shallow::device(name.as_deref().unwrap_or("auto"))?;
    device.seed(42);
    let layer = |(inputs, outputs)| LinearConfig::new(inputs, outputs).init(&device);
    let net = || MyNet {
        layers: [(2, 32), (32, 32), (32, 1)].map(layer),
    };

    let mut rng = SeededRng::new(1);
    let x: Vec<f64> = (0..2000).map(|_| rng.uniform(-2.0, 2.0)).collect();
    let y = x.chunks(2).map(|x| x[0].sin() * x[1].cos()).collect();
    let data = Dataset::new(x, y, 1000)?;

    let config = FitConfig {
        epochs: 100,
        ..Default::default()
    };
    let huber = HuberLossConfig::new(0.5).init();
    let fit = Training::new(&config)
        .loss(move |prediction, y| huber.forward(prediction, y, Reduction::Mean))
        .optimizer(AdamWConfig::new().init(), |step| {
            0.01 / (1.0 + 2e-3 * step as f64)
        })
        .batch_size(100, 7)
        .fit(net(), &data)?;

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("own_module");
    fit.model.save_file(&file)?;
    let loaded = net().try_load_file(&file)?;
    let rms = mean_squared_error(&loaded, &data)?.sqrt();
    println!("RMS of the loaded module {rms:.4}");
    match rms < 0.05 {
        true => Ok(()),
        false => Err(format!("the RMS {rms:.4} is not below 0.05").into()),
    }
}
