"""PyTorch: a Sequential, SGD and mse_loss, eager or compiled (last argument)."""

import sys

import torch
from job import run


def start(job):
    x, y = torch.from_numpy(job.x), torch.from_numpy(job.y)
    net = torch.nn.Sequential(
        torch.nn.Linear(job.w1.shape[0], job.w1.shape[1]), torch.nn.ReLU(), torch.nn.Linear(job.w1.shape[1], 1)
    ).to(x.dtype)
    with torch.no_grad():
        net[0].weight.copy_(torch.from_numpy(job.w1.T.copy()))
        net[2].weight.copy_(torch.from_numpy(job.w2.T.copy()))
        net[0].bias.zero_()
        net[2].bias.zero_()
    optimizer = torch.optim.SGD(net.parameters(), lr=job.learning_rate)

    def loss_of():
        return torch.nn.functional.mse_loss(net(x), y)

    if sys.argv[8] == "compile":
        loss_of = torch.compile(loss_of)

    def steps(n):
        for _ in range(n):
            optimizer.zero_grad()
            loss = loss_of()
            loss.backward()
            optimizer.step()
        return loss.item()

    return steps


run(start)
