using Operator.Demo;

return await CommandLine.InvokeAsync(args);
