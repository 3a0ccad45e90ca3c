namespace VisualFeatureSearch.Models;

/// <summary>In which order a network keeps the numbers of a feature map.</summary>
public enum FeatureLayout
{
    /// <summary><c>[batch, channels, height, width]</c>, as PyTorch's convolutions.</summary>
    Nchw,

    /// <summary><c>[batch, height, width, channels]</c>, as TensorFlow's convolutions and Swin transformers.</summary>
    Nhwc,

    /// <summary><c>[batch, tokens, channels]</c>, as vision transformers: class and register tokens, then the grid row by row.</summary>
    Tokens,

    /// <summary><c>[tokens, batch, channels]</c>, as the transformer blocks of the first CLIP.</summary>
    TokensFirst,
}
