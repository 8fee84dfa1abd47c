// Package bridged turns the description of a Terraform provider into a running Pulumi plugin.
package bridged

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
)

// Main fills in what every plugin here shares (tokens, names by chance where none is given, schema) and serves the
// engine until it hangs up. With -version or -get-provider-info it prints that and ends, as official plugins do.
func Main(version string, info tfbridge.ProviderInfo) {
	info.Version = version
	info.MetadataInfo = tfbridge.NewProviderMetadata([]byte("{}"))
	info.MustComputeTokens(tokens.SingleModule(info.Name+"_", "index", tokens.MakeStandard(info.Name)))
	info.SetAutonaming(255, "-")
	schema, err := json.Marshal(Schema(info))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	tfbridge.Main(info.Name, version, info, schema)
}
