namespace Operator.DevCluster.Kubelets;

/// <summary>The addresses of pods, no two alike.</summary>
internal sealed class PodAddresses
{
    private const int InBlock = 254 * 254;

    private int given = -1;

    public string Next()
    {
        int number = Interlocked.Increment(ref given);
        return $"10.{244 + number / InBlock}.{number / 254 % 254 + 1}.{number % 254 + 1}";
    }
}
