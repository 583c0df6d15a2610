"""Record what PyTorch's optimizers do in f64, for the tests to compare with.

Run `python3 record_torch.py` in this folder. The job is the ReLU document's with 300 samples and 32 units, 200 epochs: the losses,
then the parameters, one f64 a line as in record.py.
"""

import numpy as np
import torch

JOBS = {
    "sgd_decay": lambda p: torch.optim.SGD(p, lr=0.01, weight_decay=0.01),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.001, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adam_decay": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.001),
}

for name, optimizer_of in JOBS.items():
    np.random.seed(42)
    x = np.random.uniform(-1, 1, 300).reshape(-1, 1)
    y = torch.from_numpy(np.sin(np.pi * x) + x**2 / 2)
    x = torch.from_numpy(x)
    w1, w2 = (torch.from_numpy(np.random.normal(size=size)) for size in ([1, 32], [32, 1]))
    b1, b2 = torch.zeros(32, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    parameters = [w1, b1, w2, b2]
    for p in parameters:
        p.requires_grad_(True)
    optimizer = optimizer_of(parameters)
    values = []
    for _ in range(200):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(torch.relu(x @ w1 + b1) @ w2 + b2, y)
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    for p in parameters:
        values.extend(p.detach().ravel().tolist())
    with open(f"torch_{name}.txt", "w", newline="\n") as file:
        file.writelines(f"{value!r}\n" for value in values)
    print(name, values[0], values[199])
