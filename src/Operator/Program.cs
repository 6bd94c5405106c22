return await Operator.CommandLine.InvokeAsync(args, (_, _, _) => Task.FromResult(0));
