using Operator.Domain.Planning;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What the API server does to pods on their way in. Its policies learn of a new parameter some time after it is written.</summary>
internal sealed partial class World
{
    private readonly HashSet<string> arrived = [];

    /// <summary>Which policies there are for this namespace.</summary>
    public AdmissionOffer Offer { get; set; } = AdmissionOffer.None;
    public bool CanRevoke { get; set; } = true;

    /// <summary>How long a revocation is on its way to the policies.</summary>
    public TimeSpan ParametersTake { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether the policies know of the trusted image: not when the first pods were made.</summary>
    public bool TrustArrived { get; set; }

    /// <summary>A webhook of somebody else that keeps dry runs from working.</summary>
    public string? TrialProblem { get; init; }

    private string Admitted(string image)
    {
        var asked = ImageReference.Parse(image);
        if (!Offer.PinsTags || !TrustArrived || asked.Digest is not null)
            return image;
        var listed = Trust.Images.Where(i => i.Repositories.Contains(asked.Repository)).SelectMany(i => i.Digests).FirstOrDefault(d => d.Tags.Contains(asked.EffectiveTag!));
        return listed is null ? image : asked.At(listed.Digest).ToString();
    }

    private bool Refuses(string image) => ImageReference.Parse(image) is var asked
        && ((Offer.RefusesRevoked && asked.Digest is { } digest && arrived.Contains(digest))
            || (Offer.RefusesUnlisted && TrustArrived && (asked.Digest is not { } named || !Trust.Lists(named))));

    private AdmissionTrial Try(TrialRequest asked) => new()
    {
        Became = asked.Tags.Where(t => !Refuses(Admitted(t))).ToDictionary(t => t, Admitted),
        Refused = asked.Condemned.Where(Refuses).ToHashSet(),
        Problem = TrialProblem,
    };

    private void Revoke(IReadOnlyList<string> images)
    {
        var digests = images.Select(i => ImageReference.Parse(i).Digest!).ToList();
        digests.Should().NotContain(d => Trust.Lists(d), "what is listed is not revoked");
        Trust = Trust with { Revoked = Trust.Revoked.Concat(digests).ToHashSet() };
        happenings.Add(new(Now + ParametersTake, $"the policies know that {string.Join(", ", digests)} is revoked", w => w.arrived.UnionWith(digests)));
    }
}
