"""PyTorch: a sigmoid of a Linear, SGD and half the sum of squares, eager."""

import torch
from job import run


def start(job):
    x, y = torch.from_numpy(job.x), torch.from_numpy(job.y)
    neuron = torch.nn.Linear(job.w.shape[0], 1, bias=False).to(x.dtype)
    with torch.no_grad():
        neuron.weight.copy_(torch.from_numpy(job.w.T.copy()))
    optimizer = torch.optim.SGD(neuron.parameters(), lr=job.learning_rate)

    def steps(n):
        for _ in range(n):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(torch.sigmoid(neuron(x)), y, reduction="sum") / 2
            loss.backward()
            optimizer.step()
        return loss.item()

    return steps


run(start)
