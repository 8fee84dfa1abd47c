// The GitHub plugin of the Pulumi engine: the Terraform provider that @pulumi/github 6.15.0 wraps, behind the
// same bridge, with the same defaults for where GitHub is and who asks.
package main

import (
	"ghcr-platform/toolchain/bridged-plugins/bridged"

	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

// version is set by the linker to the version of @pulumi/github that this plugin serves.
var version = "0.0.0-dev"

func main() {
	bridged.Main(version, tfbridge.ProviderInfo{
		P:    shimv2.NewProvider(github.NewProvider(version, "")()),
		Name: "github",
		Config: map[string]*tfbridge.SchemaInfo{
			"base_url": {Default: &tfbridge.DefaultInfo{Value: "https://api.github.com/", EnvVars: []string{"GITHUB_BASE_URL"}}},
			"token":    {Secret: tfbridge.True(), Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_TOKEN"}}},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			// Upstream allows one block of reviewers now; the npm package keeps the list that it had before.
			"github_repository_environment": {
				Tok:    "github:index/repositoryEnvironment:RepositoryEnvironment",
				Fields: map[string]*tfbridge.SchemaInfo{"reviewers": {MaxItemsOne: tfbridge.False()}},
			},
		},
	})
}
