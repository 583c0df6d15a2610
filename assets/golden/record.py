"""Record the golden numbers the tests compare with, from real NumPy.

Run `python3 record.py` in this folder (NumPy 1.17 or later). Every file holds one f64 a line, written with
`repr`, which reads back to the same 64 bits. The arithmetic of the ReLU document is transcribed line by line: change
nothing here that the document does not do.
"""

import numpy as np


def save(name, values):
    with open(name, "w", newline="\n") as file:
        file.writelines(f"{float(value)!r}\n" for value in np.ravel(values))


# ---- the legacy generator ------------------------------------------------------------------------------------

for seed in (0, 1, 42, 2**32 - 1):
    np.random.seed(seed)
    save(f"uniform_{seed}.txt", np.random.uniform(-1, 1, 2000))
    np.random.seed(seed)
    save(f"normal_{seed}.txt", np.random.normal(size=2000))

# Odd numbers of normals leave a cached second value behind, which uniforms must not disturb.
np.random.seed(42)
interleaved = []
for count in range(1, 60):
    interleaved.append(np.random.normal(3, 0.5, 2 * count % 7 + 1))
    interleaved.append(np.random.uniform(-2, 5, count % 5))
    interleaved.append(np.random.random_sample(count % 3))
save("interleaved_42.txt", np.concatenate(interleaved))


# ---- linspace ------------------------------------------------------------------------------------------------

save("linspace.txt", np.concatenate([np.linspace(-1, 1, 1000), np.linspace(0, np.pi / 4, 7), np.linspace(3, 5, 1)]))


# ---- the ReLU document: the two-layer ReLU network ------------------------------------------------------------------


class LinearLayer:
    def __init__(self, in_features, out_features):
        self.W = np.random.normal(size=[in_features, out_features])
        self.b = np.zeros([1, out_features])

    def forward(self, x):
        self.x = x
        return np.matmul(x, self.W) + self.b

    def backward(self, grad):
        grad_x = np.matmul(grad, self.W.T)
        self.grad_W = np.matmul(self.x.T, grad)
        self.grad_b = np.sum(grad, axis=0, keepdims=True)
        return grad_x


class ReLU:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0)

    def backward(self, grad):
        return np.where(self.x > 0, grad, 0)


class TwoLayerReLUNet:
    def __init__(self, hidden):
        self.l1 = LinearLayer(1, hidden)
        self.relu = ReLU()
        self.l2 = LinearLayer(hidden, 1)

    def forward(self, x):
        return self.l2.forward(self.relu.forward(self.l1.forward(x)))

    def backward(self, y, h2):
        grad = 2 * (h2 - y) / len(y)
        self.l1.backward(self.relu.backward(self.l2.backward(grad)))

    def train_one_step(self, x, y, lr):
        h2 = self.forward(x)
        self.backward(y, h2)
        for layer in (self.l1, self.l2):
            layer.W -= lr * layer.grad_W
            layer.b -= lr * layer.grad_b
        return np.mean((h2 - y) ** 2)

    def test(self, x, y):
        return np.mean((self.forward(x) - y) ** 2)


def f(x):
    return np.sin(np.pi * x) + x**2 / 2


for samples, hidden in ((10000, 64), (1000, 256)):
    np.random.seed(42)
    x_train = np.random.uniform(-1, 1, samples).reshape(-1, 1)
    y_train = f(x_train)
    x_test = np.linspace(-1, 1, 1000).reshape(-1, 1)
    y_test = f(x_test)
    net = TwoLayerReLUNet(hidden)
    losses = [net.train_one_step(x_train, y_train, 0.01) for _ in range(500)]
    name = f"relu_{samples}_{hidden}"
    save(f"{name}_losses.txt", losses)
    save(f"{name}_parameters.txt", np.concatenate([np.ravel(p) for p in (net.l1.W, net.l1.b, net.l2.W, net.l2.b)]))
    save(f"{name}_test_loss.txt", net.test(x_test, y_test))
    print(name, losses[0], losses[-1], net.test(x_test, y_test))


# ---- the perceptron document: the sigmoid perceptron ----------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


np.random.seed(42)
R = np.random.uniform(0, np.pi / 4, 1000)
w0 = np.random.normal(0, 0.1, (3, 1))
X = np.stack([R**2, R, np.ones_like(R)], axis=1)
y = sigmoid(np.cos(R)).reshape(-1, 1)

for learning_rate in (0.01, 0.03, 0.1, 1):
    w = w0.copy()
    mae = []
    for _ in range(5000):
        z = X @ w
        p = sigmoid(z)
        error = y - p
        grad = X.T @ (error * (p * (1 - p)))
        w += learning_rate * grad
        mae.append(np.mean(np.abs(error)))
    print("perceptron", learning_rate, w.ravel(), mae[0], mae[-1])
    if learning_rate == 0.01:
        save("perceptron_mae.txt", mae)
        save("perceptron_weights.txt", w)

save("perceptron_lstsq.txt", np.linalg.lstsq(X, np.cos(R), rcond=None)[0])


# ---- both documents with other numbers, as the program takes them ----------------------------------------------------


def expression(text):
    names = {name: getattr(np, name) for name in ("sin", "cos", "tan", "exp", "sqrt", "tanh", "abs", "sign", "pi", "e")}
    names |= {"ln": np.log, "min": np.minimum, "max": np.maximum}
    return lambda x: eval(text.replace("^", "**"), names | {"x": x}) + 0 * x


def relu_fit(text, domain, seed, hidden, samples, lr, epochs, noise):
    np.random.seed(seed)
    low, high = (float(eval(end, {"pi": np.pi})) for end in domain.split(":"))
    f = expression(text)
    x = np.random.uniform(low, high, samples).reshape(-1, 1)
    net = TwoLayerReLUNet(hidden)
    y = f(x)
    if noise:
        y = y + np.random.normal(0, noise, samples).reshape(-1, 1)
    for _ in range(epochs):
        mae = np.mean(np.abs(net.forward(x) - y))
        loss = net.train_one_step(x, y, lr)
    x_test = np.linspace(low, high, 1000).reshape(-1, 1)
    return loss, mae, net.test(x, y), net.test(x_test, f(x_test))


def perceptron_fit(text, domain, seed, degree, samples, lr, epochs, noise):
    np.random.seed(seed)
    low, high = (float(eval(end, {"pi": np.pi})) for end in domain.split(":"))
    f = expression(text)
    x = np.random.uniform(low, high, samples)
    w = np.random.normal(0, 0.1, (degree + 1, 1))
    y = f(x).reshape(-1, 1)
    if noise:
        y = y + np.random.normal(0, noise, samples).reshape(-1, 1)
    features = lambda x: np.stack([x**power for power in range(degree, -1, -1)], axis=1)
    X = features(x)
    for _ in range(epochs):
        p = sigmoid(X @ w)
        error = y - p
        w += lr * (X.T @ (error * (p * (1 - p))))
    x_test = np.linspace(low, high, 1000)
    mse = lambda x, y: np.mean((sigmoid(features(x) @ w) - y) ** 2)
    return 0.5 * np.sum(error**2), np.mean(np.abs(error)), mse(x, y), mse(x_test, f(x_test).reshape(-1, 1))


# Function, domain, seed, hidden units or degree, samples, learning rate, epochs, noise.
with open("fits.txt", "w", newline="\n") as file:
    for model, fit, cases in (
        ("relu", relu_fit, [
            ("sin(3*x) + 0.5*x^2", "-1:1", 0, 16, 500, 0.02, 300, 0),
            ("exp(-x^2)", "-2:2", 7, 33, 1001, 0.01, 250, 0.1),
            ("abs(x) - min(x, 0.25)", "-1:1", 123456789, 1, 50, 0.05, 1000, 0),
            ("x", "0:1", 4294967295, 100, 3000, 0.005, 77, 0),
            ("sqrt(x)/(1 + tanh(2*x))", "0:pi", 3, 64, 2000, 0.001, 400, 0.5),
            ("ln(x)*2^-x", "1:4", 11, 8, 10, 0.01, 50, 0),
            ("3", "-1:1", 5, 5, 100, 0.01, 100, 0),
            ("max(sign(x), cos(7*x))", "-pi:pi/2", 99, 128, 400, 0.0005, 200, 0),
        ]),
        ("perceptron", perceptron_fit, [
            ("1/(1 + exp(-cos(x)))", "0:pi/4", 42, 2, 1000, 0.01, 5000, 0),
            ("1/(1 + exp(-cos(x)))", "0:pi/4", 8, 3, 300, 0.02, 700, 0.01),
            ("0.5 + 0.4*sin(x)", "-1:1", 1, 5, 200, 0.01, 900, 0),
        ]),
    ):
        for case in cases:
            numbers = "\t".join(repr(float(number)) for number in fit(*case))
            file.write("\t".join([model, *map(str, case), numbers]) + "\n")
