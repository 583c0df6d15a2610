//! The network as one operation is the network composed of Burn's operations, on every device of this build.

use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use shallow::{
    FloatDType,
    analytic::ReluWeights,
    data::{Draw, SeededRng},
    model::{HostRegressor, Regressor, TwoLayerReluNet},
};

/// Of a sum's terms together: some roundings of f64, and of f32 where terms are summed in it.
const ROUNDING: [(FloatDType, f64); 2] = [(FloatDType::F64, 1e-13), (FloatDType::F32, 2e-6)];

/// A network, samples and how the loss depends on the predictions.
#[derive(Debug)]
struct Case {
    weights: ReluWeights,
    x: Vec<f64>,
    grad: Vec<f64>,
    shape: [usize; 4],
}

impl Case {
    /// Of n, d, h and k. Eighths are exact in every sum of a few, so that samples and kinks meet: on which side a sample is
    /// must not hang on a rounding, for Burn's backends round differently.
    fn new(shape: [usize; 4], seed: u64) -> Self {
        let [n, d, h, k] = shape;
        let mut rng = SeededRng::new(seed);
        let mut eighths = |n: usize| -> Vec<f64> {
            (0..n)
                .map(|_| rng.uniform(-24.0, 25.0).floor() / 8.0)
                .collect()
        };
        let weights = ReluWeights {
            w1: eighths(d * h),
            b1: eighths(h),
            w2: eighths(h * k),
            b2: eighths(k),
        };
        Self {
            weights,
            x: eighths(n * d),
            grad: eighths(n * k),
            shape,
        }
    }

    fn tensor(
        &self,
        values: &[f64],
        columns: usize,
        device: &Device,
        dtype: FloatDType,
    ) -> Tensor<2> {
        let data = TensorData::new(values.to_vec(), [values.len() / columns, columns]);
        Tensor::from_data(data, (device, dtype.into()))
    }

    /// The predictions, and the gradients of W1, b1, W2, b2 and x, of one way to compute them.
    fn pass(
        &self,
        x: Tensor<2>,
        device: &Device,
        dtype: FloatDType,
        forward: fn(&TwoLayerReluNet, Tensor<2>) -> Tensor<2>,
    ) -> [Vec<f64>; 6] {
        let net = TwoLayerReluNet::from_weights(&self.weights, device, dtype).unwrap();
        let net = burn::module::Module::train(net);
        let x = x.require_grad();
        let y = forward(&net, x.clone());
        let grad = self.tensor(&self.grad, self.shape[3], device, dtype);
        let loss = (y.clone() * Tensor::from_inner(grad)).sum();
        let grads = loss.backward();
        let host = |tensor: Option<TensorData>| -> Vec<f64> {
            tensor
                .map(|tensor| tensor.iter().collect())
                .unwrap_or_default()
        };
        [
            host(Some(y.into_data())),
            host(net.hidden.weight.val().grad(&grads).map(Tensor::into_data)),
            host(
                net.hidden
                    .bias
                    .as_ref()
                    .and_then(|b1| b1.val().grad(&grads))
                    .map(Tensor::into_data),
            ),
            host(net.output.weight.val().grad(&grads).map(Tensor::into_data)),
            host(
                net.output
                    .bias
                    .as_ref()
                    .and_then(|b2| b2.val().grad(&grads))
                    .map(Tensor::into_data),
            ),
            host(x.grad(&grads).map(Tensor::into_data)),
        ]
    }

    /// On one device, in both float types it may have.
    fn check(&self, backend: &str, device: &Device) -> Result<(), TestCaseError> {
        let [n, d, h, k] = self.shape;
        for (dtype, rounding) in ROUNDING {
            if !device.supports_dtype(dtype) {
                continue;
            }
            let x = Tensor::from_inner(self.tensor(&self.x, d, device, dtype));
            let fused = self.pass(x.clone(), device, dtype, |net, x| {
                assert!(net.is_fused());
                net.forward(x)
            });
            let composed = self.pass(x, device, dtype, TwoLayerReluNet::forward_composed);
            // No term is larger than 3 (9 d + 3) times 3, and no sum of more.
            let largest = 9.0 * (9.0 * d as f64 + 3.0);
            let names = ["y", "W1", "b1", "W2", "b2", "x"];
            let n_terms = [h, n * k, n * k, n, n, h * k];
            for (i, (fused, composed)) in fused.iter().zip(&composed).enumerate() {
                prop_assert_eq!(fused.len(), composed.len(), "{} {}", backend, names[i]);
                for (at, (a, b)) in fused.iter().zip(composed).enumerate() {
                    let tolerance = rounding * largest * n_terms[i] as f64;
                    let is_same = (a - b).abs() <= tolerance || a.is_nan() && b.is_nan() || a == b;
                    prop_assert!(is_same, "{backend} {dtype:?} {}[{at}] {a} {b}", names[i]);
                }
            }
        }
        Ok(())
    }
}

fn cpus() -> Vec<(&'static str, Device)> {
    let mut devices = shallow::devices().unwrap();
    devices.retain(|(backend, _)| matches!(*backend, "ndarray" | "flex"));
    devices
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn on_the_cpu_at_any_size(
        n in prop_oneof![Just(1_usize), 2..40_usize, 250..300_usize],
        d in prop_oneof![3 => Just(1_usize), 1 => 2..10_usize],
        h in prop_oneof![Just(1_usize), 2..40_usize],
        k in 1_usize..4,
        seed in any::<u64>(),
    ) {
        for (backend, device) in cpus() {
            Case::new([n, d, h, k], seed).check(backend, &device)?;
        }
    }

    /// Infinities and NaNs of samples and weights come out of the operation where they come out of the composition.
    #[test]
    fn what_is_no_number_stays_none(
        d in 1_usize..3,
        at in prop::collection::vec((0..3_usize, any::<prop::sample::Index>(), 0..3_usize), 1..3),
        seed in any::<u64>(),
    ) {
        let mut case = Case::new([60, d, 20, 1], seed);
        for (block, index, what) in at {
            let block = [&mut case.x, &mut case.grad, &mut case.weights.w1].into_iter().nth(block).unwrap();
            let at = index.index(block.len());
            block[at] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][what];
        }
        for (backend, device) in cpus() {
            case.check(backend, &device)?;
        }
    }
}

#[test]
fn on_every_device_at_sizes_that_fill_no_tile() {
    for (backend, device) in shallow::devices().unwrap() {
        for shape in [[1000, 1, 70, 1], [130, 3, 65, 2], [1, 1, 1, 1]] {
            Case::new(shape, 7).check(backend, &device).unwrap();
        }
    }
}

#[test]
fn without_samples_there_are_no_predictions_and_gradients_of_0() {
    for (backend, device) in shallow::devices().unwrap() {
        for d in [1, 3] {
            let case = Case::new([0, d, 20, 2], 7);
            let x = Tensor::from_inner(Tensor::zeros([0, d], (&device, FloatDType::F32.into())));
            let [y, w1, b1, w2, b2, x] =
                case.pass(x, &device, FloatDType::F32, |net, x| net.forward(x));
            assert_eq!((y.len(), x.len()), (0, 0), "{backend}");
            assert_eq!(
                [w1, b1, w2, b2],
                [20 * d, 20, 40, 2].map(|n| vec![0.0; n]),
                "{backend}"
            );
        }
    }
}

#[test]
fn rows_that_do_not_lie_in_order_are_read_in_order() {
    for (backend, device) in shallow::devices().unwrap() {
        let case = Case::new([100, 3, 20, 1], 3);
        let dtype = FloatDType::F32;
        // The same rows, of a tensor that holds columns.
        let columns: Vec<f64> = (0..3)
            .flat_map(|i| case.x.iter().skip(i).step_by(3).copied())
            .collect();
        let transposed = case.tensor(&columns, 100, &device, dtype).transpose();
        let in_order = case.tensor(&case.x, 3, &device, dtype);
        let forward = |net: &TwoLayerReluNet, x: Tensor<2>| net.forward(x);
        let [a, b] = [transposed, in_order]
            .map(|x| case.pass(Tensor::from_inner(x), &device, dtype, forward));
        assert_eq!(a, b, "{backend}");
    }
}

/// A network too wide for a GPU's shared memory is composed there, and right all the same.
#[test]
fn what_the_operation_cannot_hold_is_composed() {
    for (backend, device) in shallow::devices().unwrap() {
        let case = Case::new([20, 40, 8, 1], 5);
        let net = TwoLayerReluNet::from_weights(&case.weights, &device, FloatDType::F32).unwrap();
        assert_eq!(
            net.is_fused(),
            matches!(backend, "ndarray" | "flex"),
            "{backend}"
        );
        let x = case.tensor(&case.x, 40, &device, FloatDType::F32);
        let values = |y: Tensor<2>| y.into_data().iter::<f64>().collect::<Vec<_>>();
        let (a, b) = (
            values(net.forward(x.clone())),
            values(net.forward_composed(x)),
        );
        assert!(
            a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-2),
            "{backend} {a:?} {b:?}"
        );
    }
}
