using System.Diagnostics.CodeAnalysis;
using k8s;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Operator.Access;
using Operator.Admission;
using Operator.Cleanup;
using Operator.Cluster;
using Operator.Evidence;
using Operator.Findings;
using Operator.Isolation;
using Operator.Lifetime;
using Operator.Nodes;
using Operator.Policies;
using Operator.Receiver;
using Operator.Recoveries;
using Operator.Remediations;
using Operator.Runtime;
using Operator.Sources;
using Operator.Telemetry;
using Operator.Trust;
using Prometheus;

namespace Operator;

/// <summary>Puts the operator together. The demo and the tests run exactly this, against another cluster.</summary>
public static class OperatorHost
{
    private const string Metrics = "/metrics";

    /// <param name="options">How this process runs.</param>
    /// <param name="cluster">Where the API server is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="handlers">Put before the transport to the API server, outermost first.</param>
    public static WebApplication Build(OperatorOptions options, KubernetesClientConfiguration cluster, TimeProvider time, params DelegatingHandler[] handlers)
    {
        // An empty builder reads no configuration files, so it watches none: inotify is scarce where many pods share a node.
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = OperatorOptions.FieldManager });
        builder.WebHost.UseKestrelCore().ConfigureKestrel((KestrelServerOptions kestrel) =>
            ListeningPorts.Configure(kestrel, options, kestrel.ApplicationServices.GetRequiredService<OperatorMetrics>(), kestrel.ApplicationServices.GetService<ReceiverCertificate>()));
        // The transport has a buffer of its own, a mebibyte by default: as much as the whole share of one source among many.
        builder.Services.Configure<SocketTransportOptions>(o => o.MaxReadBufferSize = ListeningPorts.ReceivedAtOnce);
        if (options.TlsCertificates is { } folder)
            builder.Services.AddSingleton(s => new ReceiverCertificate(folder, time, s.GetRequiredService<ILogger<ReceiverCertificate>>()));
        builder.Logging
            .AddJsonConsole(o => (o.UseUtcTimestamp, o.TimestampFormat) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"))
            .SetMinimumLevel(options.LogLevel)
            // A line for each request of each scrape would bury what matters.
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        MetricSet metrics = new();
        DotNetStats.Register(metrics.Registry);
        AddOperator(builder.Services, options, time, metrics, new KubernetesConnection(cluster, OperatorOptions.FieldManager, [new ApiRequestMetrics(metrics, time), .. handlers]));

        var app = builder.Build();
        // Without a certificate that can be read there is no receiver, which is better known at once.
        _ = app.Services.GetService<ReceiverCertificate>()?.Current;
        MapEndpoints(app);
        return app;
    }

    private static void AddOperator(IServiceCollection services, OperatorOptions options, TimeProvider time, MetricSet metrics, KubernetesConnection connection) => services
        .AddSingleton(options)
        .AddSingleton(time)
        .AddSingleton(connection)
        .AddSingleton(metrics)
        .AddSingleton<RuntimeMetrics>()
        .AddSingleton<ClusterCache>()
        .AddSingleton<OperatorAccess>()
        .AddSingleton<OperatorMetrics>()
        .AddSingleton<RecoveryMetrics>()
        .AddSingleton<PolicyMetrics>()
        .AddSingleton<IsolationMetrics>()
        .AddSingleton(new ResourceApi<ClusterEvent>(connection, Kinds.Events))
        .AddSingleton(s => new EvidenceCollector(connection, new(connection, Kinds.EvidenceMaps), options.Namespace, time))
        .AddSingleton(s => new NodeCordon(s.GetRequiredService<ClusterCache>().Nodes.Api))
        .AddSingleton<KindDirectory>()
        .AddSingleton<OtherWorkloads>()
        .AddSingleton<WorkloadWriters>()
        .AddSingleton<RemediationWriter>()
        .AddSingleton<PodEvictions>()
        .AddSingleton<PolicyCatalog>()
        .AddSingleton<TopmostOwner>()
        .AddSingleton<FindingTargets>()
        .AddSingleton<LiveFindings>()
        .AddSingleton<WaitingFindings>()
        .AddSingleton<FindingReconciler>()
        .AddSingleton<RecoveryAuthority>()
        .AddSingleton<RecoveryLedger>()
        .AddSingleton<AdmissionTrials>()
        .AddSingleton<RevocationList>()
        .AddSingleton<ApprovalFacts>()
        .AddSingleton<QuarantinePolicies>()
        .AddSingleton<RecoveryObserver>()
        .AddSingleton<RecoveryActor>()
        .AddSingleton<RecoveryAnnouncer>()
        .AddSingleton<RecoveryRecorder>()
        .AddSingleton<RecoveryReconciler>()
        .AddSingleton<PolicyReconciler>()
        .AddSingleton<TrustedImageReconciler>()
        .AddSingleton<SourceActivity>()
        .AddSingleton<FindingSourceReconciler>()
        .AddSingleton<PinOwnership>()
        .AddSingleton<DetachedLabels>()
        .AddSingleton<MarkOwners>()
        .AddSingleton<SweepOutcome>()
        .AddSingleton<PodSweep>()
        .AddSingleton<WorkloadSweep>()
        .AddSingleton<NodeSweep>()
        .AddSingleton<QuarantinePolicySweep>()
        .AddSingleton<Sweeper>()
        .AddSingleton<RecordAges>()
        .AddSingleton<RecordArchive>()
        .AddSingleton<RecordMarks>()
        .AddSingleton(s => new StoredEvidence(new(connection, Kinds.EvidenceMaps), options.Namespace))
        .AddSingleton<RecordLifetime>()
        .AddSingleton<SourceAuthentication>()
        .AddSingleton<SourceRateLimits>()
        .AddSingleton(new FairTurns())
        .AddSingleton<SourceShares>()
        .AddSingleton<BatchProgress>()
        .AddSingleton<ReceiverEndpoint>()
        .AddSingleton<Readiness>()
        .AddSingleton<OperatorControllers>()
        .AddHosted<ClusterAdmission>()
        .AddHosted<ClusterIsolation>()
        .AddHosted<EventRecorder>()
        .AddHosted<RepeatedFindings>()
        .AddSingleton<FindingInbox>()
        .AddHosted<OperatorService>();

    private static IServiceCollection AddHosted<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(this IServiceCollection services)
        where T : class, IHostedService =>
        services.AddSingleton<T>().AddHostedService(s => s.GetRequiredService<T>());

    private static void MapEndpoints(WebApplication app)
    {
        var receiver = app.Services.GetRequiredService<ReceiverEndpoint>();
        var readiness = app.Services.GetRequiredService<Readiness>();
        // Read by nobody but the scrape.
        app.Services.GetRequiredService<RecoveryMetrics>();
        app.Services.GetRequiredService<PolicyMetrics>();
        app.Services.GetRequiredService<IsolationMetrics>();
        // Where TLS is, senders are let in, and metrics are not for them: Prometheus comes to the other port.
        app.Use((context, next) =>
        {
            if (!context.Request.IsHttps || context.Request.Path != Metrics)
                return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use(async (context, next) =>
        {
            using var late = HttpMethods.IsGet(context.Request.Method) ? AnswerDeadline.Begin(context, AnswerDeadline.OfAQuestion, time) : null;
            await next(context);
        });
        app.MapPost("/v1/findings/{source}", (RequestDelegate)receiver.HandleAsync);
        app.MapGet("/healthz", (RequestDelegate)(context => context.Response.WriteAsync("ok")));
        app.MapGet("/readyz", (RequestDelegate)readiness.HandleAsync);
        app.MapMetrics(Metrics, app.Services.GetRequiredService<MetricSet>().Registry);
    }
}
