using System.CommandLine;
using VisualFeatureSearch.Cli.Commands;
using VisualFeatureSearch.Cli.Terminal;

RootCommand root = new(
    """
    Searches photographs by a highlighted region: what looks alike to a network's layer, and where.

    A first session:
      vissearch demo                                              the bundled photo gallery, in the browser
      vissearch layers ssd-mobilenet-v2-oid                       what a network offers
      vissearch precompute photos/ --model net.onnx --layer L --out photos.zarr
      vissearch serve photos.zarr                                 paint and search in the browser
    """)
{
    DemoCommand.Create(),
    ModelCommand.Create(),
    LayersCommand.Create(),
    PrecomputeCommand.Create(),
    IndexCommand.Create(),
    SearchCommand.Create(),
    CompareCommand.Create(),
    ServeCommand.Create(),
    ArticleCommand.Create(),
    InfoCommand.Create(),
    VerifyCommand.Create(),
    ExportCommand.Create(),
};
return await CommandRunner.RunAsync(root, args).ConfigureAwait(false);
