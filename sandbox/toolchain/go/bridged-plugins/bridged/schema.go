package bridged

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Schema names every resource, function and property of the plugin as the bridge names them. Types are left out:
// the npm packages carry them, and a test holds the names here against the names there.
func Schema(info tfbridge.ProviderInfo) schema.PackageSpec {
	provider := resource(info.P.Schema(), info.Config)
	spec := schema.PackageSpec{
		Name:      info.Name,
		Version:   info.Version,
		Resources: map[string]schema.ResourceSpec{},
		Functions: map[string]schema.FunctionSpec{},
		Provider:  &provider,
	}
	for name, described := range info.Resources {
		spec.Resources[string(described.Tok)] = resource(info.P.ResourcesMap().Get(name).Schema(), described.Fields)
	}
	for name, described := range info.DataSources {
		both := resource(info.P.DataSourcesMap().Get(name).Schema(), described.Fields)
		spec.Functions[string(described.Tok)] = schema.FunctionSpec{
			Inputs:  &schema.ObjectTypeSpec{Type: "object", Properties: both.InputProperties},
			Outputs: &schema.ObjectTypeSpec{Type: "object", Properties: both.Properties},
		}
	}
	return spec
}

func resource(fields shim.SchemaMap, described map[string]*tfbridge.SchemaInfo) schema.ResourceSpec {
	spec := schema.ResourceSpec{InputProperties: map[string]schema.PropertySpec{}}
	spec.Properties = map[string]schema.PropertySpec{}
	fields.Range(func(name string, field shim.Schema) bool {
		property := schema.PropertySpec{
			TypeSpec: schema.TypeSpec{Ref: "pulumi.json#/Any"},
			Secret:   field.Sensitive(),
		}
		spelled := tfbridge.TerraformToPulumiNameV2(name, fields, described)
		spec.Properties[spelled] = property
		if field.Optional() || field.Required() {
			spec.InputProperties[spelled] = property
		}
		return true
	})
	return spec
}
