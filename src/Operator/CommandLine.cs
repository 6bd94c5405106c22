using System.CommandLine;
using System.Globalization;
using Operator.Domain.Findings;
using Operator.Installation;
using Operator.Receiver;

namespace Operator;

/// <summary>The command line of the operator process.</summary>
internal static class CommandLine
{
    private const int MostDays = 3650;

    /// <summary>Policies look back at most a week at what a workload's recoveries did.</summary>
    private const int LeastRecoveryDays = 8;

    private static readonly OperatorOptions Defaults = new();

    private static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    { Description = "Path of a kubeconfig. Without it: $KUBECONFIG, then the service account of the pod." };
    private static readonly Option<string> Namespace = new("--namespace")
    { Description = "The operator's own namespace.", DefaultValueFactory = _ => Defaults.Namespace };
    private static readonly Option<string> Listen = new("--listen")
    { Description = "URL that the receiver, /metrics and the health endpoints listen on.", DefaultValueFactory = _ => Defaults.Listen };
    private static readonly Option<string?> TlsCertificates = new("--tls-certificates")
    { Description = "Folder of a mounted Secret with tls.crt and tls.key, read again when they change. Findings are then taken with TLS only." };
    private static readonly Option<string> TlsListen = new("--tls-listen")
    { Description = "URL that the receiver listens on with TLS.", DefaultValueFactory = _ => Defaults.TlsListen };
    private static readonly Option<int> MaxConnections = new("--max-connections")
    { Description = "Connections that each port holds at once.", DefaultValueFactory = _ => Defaults.MaxConnections };
    private static readonly Option<string[]> ProtectedNamespaces = new("--protected-namespace")
    { Description = "A namespace in which nothing is ever touched; may be repeated. What is given takes the place of the default.", DefaultValueFactory = _ => [.. Defaults.ProtectedNamespaces] };
    private static readonly Option<string[]> CriticalNamespaces = new("--critical-namespace")
    { Description = "A namespace in which pods with a system-critical priority class wait for an approval before they are touched; may be repeated. What is given takes the place of the default.", DefaultValueFactory = _ => [.. Defaults.CriticalNamespaces] };
    private static readonly Option<int> MaxCordonedNodes = new("--max-cordoned-nodes")
    { Description = "Nodes that recoveries may hold cordoned at once.", DefaultValueFactory = _ => Defaults.MaxCordonedNodes };
    private static readonly Option<int> MaxConcurrentReplacements = new("--max-concurrent-replacements")
    { Description = "Replacements in flight at once in the whole cluster.", DefaultValueFactory = _ => Defaults.MaxConcurrentReplacements };
    private static readonly Option<int> MaxRevocationsPerHour = new("--max-revocations-per-hour")
    { Description = "Digests that recoveries may revoke within an hour in the whole cluster.", DefaultValueFactory = _ => Defaults.MaxRevocationsPerHour };
    private static readonly Option<int> MaxFindingsPerSource = new("--max-findings-per-source")
    { Description = "Stored findings of one source, above which those that mean no pod are refused.", DefaultValueFactory = _ => Defaults.MaxFindingsPerSource };
    private static readonly Option<int> MaxFindingsPerNamespace = new("--max-findings-per-namespace")
    { Description = "Findings made by hand in one namespace that are worked on.", DefaultValueFactory = _ => Defaults.MaxFindingsPerNamespace };
    private static readonly Option<string[]> TemplatePaths = new("--template-path")
    { Description = "Where the pod template stands in a kind that is not Kubernetes' own, if not at spec.template: Kind.version.group=path; may be repeated." };
    private static readonly Option<int> Workers = new("--workers")
    { Description = "Recoveries worked on at the same time.", DefaultValueFactory = _ => Defaults.Workers };
    private static readonly Option<int> KeepQuarantinePolicy = new("--keep-quarantine-policy-minutes")
    { Description = "How long a namespace keeps the quarantine's NetworkPolicy after the last pod that needed it.", DefaultValueFactory = _ => (int)Defaults.QuarantinePolicyStays.TotalMinutes };
    private static readonly Option<int> KeepFindings = new("--keep-findings-days")
    { Description = "How long a finding that led to nothing is kept; 0 keeps all of them.", DefaultValueFactory = _ => (int)Defaults.KeepFindings.TotalDays };
    private static readonly Option<int> KeepRecoveries = new("--keep-recoveries-days")
    { Description = "How long a Recovery is kept after it ended, with its evidence and its findings: 8 days or more, since policies look back a week; 0 keeps all of them.", DefaultValueFactory = _ => (int)Defaults.KeepRecoveries.TotalDays };
    private static readonly Option<bool> LeaderElection = new("--leader-elect")
    { Description = "Compete for the lease before acting.", DefaultValueFactory = _ => Defaults.LeaderElection };

    private static readonly Option<LogLevel> LogLevels = new("--log-level")
    { Description = "The least that is logged: Trace, Debug, Information, Warning, Error or Critical.", DefaultValueFactory = _ => Defaults.LogLevel };

    /// <summary>Parses, then runs; usage errors are printed and answered with exit code 1.</summary>
    public static Task<int> InvokeAsync(string[] args, Func<OperatorOptions, string?, CancellationToken, Task<int>> run)
    {
        foreach (var option in new[] { MaxConnections, MaxCordonedNodes, MaxConcurrentReplacements, MaxRevocationsPerHour, MaxFindingsPerSource, MaxFindingsPerNamespace, Workers })
            option.Validators.Add(result =>
            {
                foreach (var wrong in result.Tokens.Where(t => !int.TryParse(t.Value, CultureInfo.InvariantCulture, out var number) || number < 1))
                    result.AddError($"{option.Name} {wrong.Value}: must be a number of at least 1.");
            });

        KeepQuarantinePolicy.Validators.Add(result =>
        {
            foreach (var wrong in result.Tokens.Where(t => !int.TryParse(t.Value, CultureInfo.InvariantCulture, out var minutes) || minutes is < 0 or > 1440))
                result.AddError($"{KeepQuarantinePolicy.Name} {wrong.Value}: must be a number of minutes from 0 to 1440.");
        });

        foreach (var (option, least) in new[] { (KeepFindings, 1), (KeepRecoveries, LeastRecoveryDays) })
            option.Validators.Add(result =>
            {
                foreach (var wrong in result.Tokens.Where(t => !int.TryParse(t.Value, CultureInfo.InvariantCulture, out var days) || (days != 0 && days < least) || days > MostDays))
                    result.AddError($"{option.Name} {wrong.Value}: must be 0 or a number of days from {least} to {MostDays}.");
            });

        foreach (var option in new Option[] { Namespace, ProtectedNamespaces, CriticalNamespaces })
            option.Validators.Add(result =>
            {
                foreach (var wrong in result.Tokens.Where(t => Text.Name(t.Value, longest: 63) is null || t.Value.Contains('.')))
                    result.AddError($"{option.Name} {wrong.Value}: must be the name of a namespace, of at most 63 lower-case letters, digits and hyphens.");
            });

        foreach (var (option, scheme) in new[] { (Listen, "http"), (TlsListen, "https") })
            option.Validators.Add(result =>
            {
                foreach (var wrong in result.Tokens.Where(t => !ListeningPorts.CanListen(t.Value, scheme)))
                    result.AddError($"{option.Name} {wrong.Value}: must be {scheme}://ADDRESS:PORT, with an IP address or localhost.");
            });

        TemplatePaths.Validators.Add(result =>
        {
            foreach (var wrong in result.Tokens.Where(t => TemplatePath.Parse(t.Value) is null))
                result.AddError($"{TemplatePaths.Name} {wrong.Value}: must be Kind.version.group=path, such as Rollout.v1alpha1.argoproj.io=spec.template.");
        });

        var root = new RootCommand("Immutable Recovery Operator: replaces compromised pods from trusted image digests.")
        {
            Kubeconfig, Namespace, Listen, TlsCertificates, TlsListen, MaxConnections, ProtectedNamespaces, CriticalNamespaces, TemplatePaths,
            MaxCordonedNodes, MaxConcurrentReplacements, MaxRevocationsPerHour, MaxFindingsPerSource,
            MaxFindingsPerNamespace, KeepQuarantinePolicy, KeepFindings, KeepRecoveries, Workers, LeaderElection, LogLevels,
            CheckInstallationCommand.Create(Kubeconfig),
        };
        root.SetAction((parsed, stop) => run(
            new OperatorOptions
            {
                Namespace = parsed.GetRequiredValue(Namespace),
                Listen = parsed.GetRequiredValue(Listen),
                TlsCertificates = parsed.GetValue(TlsCertificates),
                TlsListen = parsed.GetRequiredValue(TlsListen),
                MaxConnections = parsed.GetValue(MaxConnections),
                ProtectedNamespaces = parsed.GetRequiredValue(ProtectedNamespaces),
                CriticalNamespaces = parsed.GetRequiredValue(CriticalNamespaces),
                TemplatePaths = (parsed.GetValue(TemplatePaths) ?? []).Select(t => TemplatePath.Parse(t)!).ToDictionary(t => (t.ApiVersion, t.Kind), t => t.Path),
                MaxCordonedNodes = parsed.GetValue(MaxCordonedNodes),
                MaxConcurrentReplacements = parsed.GetValue(MaxConcurrentReplacements),
                MaxRevocationsPerHour = parsed.GetValue(MaxRevocationsPerHour),
                MaxFindingsPerSource = parsed.GetValue(MaxFindingsPerSource),
                MaxFindingsPerNamespace = parsed.GetValue(MaxFindingsPerNamespace),
                QuarantinePolicyStays = TimeSpan.FromMinutes(parsed.GetValue(KeepQuarantinePolicy)),
                KeepFindings = TimeSpan.FromDays(parsed.GetValue(KeepFindings)),
                KeepRecoveries = TimeSpan.FromDays(parsed.GetValue(KeepRecoveries)),
                Workers = parsed.GetValue(Workers),
                LeaderElection = parsed.GetValue(LeaderElection),
                LogLevel = parsed.GetValue(LogLevels),
            },
            parsed.GetValue(Kubeconfig),
            stop));
        return root.Parse(args).InvokeAsync();
    }
}
