// The Docker plugin of the Pulumi engine: the Terraform provider that @pulumi/docker 5.2.0 wraps, behind the same
// bridge. The native docker.Image of the official plugin is not in it; @pulumi/docker-build's Image does that job.
package main

import (
	"ghcr-platform/toolchain/bridged-plugins/bridged"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	docker "github.com/terraform-providers/terraform-provider-docker/shim"
)

// version is set by the linker to the version of @pulumi/docker that this plugin serves.
var version = "0.0.0-dev"

func main() {
	bridged.Main(version, tfbridge.ProviderInfo{
		P:    shimv2.NewProvider(docker.NewProvider(version)),
		Name: "docker",
		Config: map[string]*tfbridge.SchemaInfo{
			"host": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"DOCKER_HOST"}}},
			// A Terraform set that is written in the singular; the npm package keeps that name and lets it be a list.
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			// The npm package calls docker_image RemoteImage (Image is its native resource) and docker_config
			// ServiceConfig (Config is its configuration). An image's name is what to pull, so none is made up.
			"docker_image": {
				Tok:    "docker:index/remoteImage:RemoteImage",
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
			"docker_config": {Tok: "docker:index/serviceConfig:ServiceConfig"},
			"docker_container": {
				Tok: "docker:index/container:Container",
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: "docker:index/getRemoteImage:getRemoteImage"},
		},
	})
}
