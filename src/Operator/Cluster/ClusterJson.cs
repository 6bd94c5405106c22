using System.Text.Json.Serialization;
using Operator.Access;

namespace Operator.Cluster;

/// <summary>How the trimmed types are read and written, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Pod))]
[JsonSerializable(typeof(Deployment))]
[JsonSerializable(typeof(ReplicaSet))]
[JsonSerializable(typeof(StatefulSet))]
[JsonSerializable(typeof(DaemonSet))]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(CronJob))]
[JsonSerializable(typeof(AnyObject))]
[JsonSerializable(typeof(PodTemplate))]
[JsonSerializable(typeof(ControllerRevision))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(Namespace))]
[JsonSerializable(typeof(PodDisruptionBudget))]
[JsonSerializable(typeof(NetworkPolicy))]
[JsonSerializable(typeof(Domain.Policies.LabelSelector))]
[JsonSerializable(typeof(Admission.AdmissionPolicy))]
[JsonSerializable(typeof(Admission.AdmissionBinding))]
[JsonSerializable(typeof(EvidenceMap))]
[JsonSerializable(typeof(ClusterEvent))]
[JsonSerializable(typeof(AccessReview))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ClusterJson : JsonSerializerContext;
