package bridged

import (
	"sort"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Schema describes every resource, function and property of the plugin, with the names that the bridge gives them
// and without words. The bridge checks the types of inputs by it, and a test holds it against the npm packages.
func Schema(info tfbridge.ProviderInfo) schema.PackageSpec {
	d := describer{pkg: info.Name, types: map[string]schema.ComplexTypeSpec{}}
	provider := d.resource("Provider", info.P.Schema(), info.Config)
	spec := schema.PackageSpec{
		Name:    info.Name,
		Version: info.Version,
		// Tokens are package:module/file:Name, as in every bridged package.
		Meta:      &schema.MetadataSpec{ModuleFormat: "(.*)(?:/[^/]*)"},
		Config:    schema.ConfigSpec{Variables: provider.InputProperties},
		Provider:  &provider,
		Types:     d.types,
		Resources: map[string]schema.ResourceSpec{},
		Functions: map[string]schema.FunctionSpec{},
	}
	for name, described := range info.Resources {
		token := string(described.Tok)
		spec.Resources[token] = d.resource(lastPart(token), info.P.ResourcesMap().Get(name).Schema(), described.Fields)
	}
	for name, described := range info.DataSources {
		token := string(described.Tok)
		both := d.resource(lastPart(token), info.P.DataSourcesMap().Get(name).Schema(), described.Fields)
		inputs := schema.ObjectTypeSpec{Type: "object", Properties: both.InputProperties, Required: both.RequiredInputs}
		outputs := both.ObjectTypeSpec
		outputs.Properties["id"] = schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "string"}}
		spec.Functions[token] = schema.FunctionSpec{Inputs: &inputs, Outputs: &outputs}
	}
	return spec
}

// describer collects the types of nested objects.
type describer struct {
	pkg   string
	types map[string]schema.ComplexTypeSpec
}

func (d describer) resource(
	name string, fields shim.SchemaMap, described map[string]*tfbridge.SchemaInfo,
) schema.ResourceSpec {
	properties, required := d.properties(name, fields, described)
	spec := schema.ResourceSpec{
		ObjectTypeSpec:  schema.ObjectTypeSpec{Type: "object", Properties: properties},
		InputProperties: map[string]schema.PropertySpec{},
		RequiredInputs:  required,
	}
	fields.Range(func(name string, field shim.Schema) bool {
		if field.Optional() || field.Required() {
			spelled := tfbridge.TerraformToPulumiNameV2(name, fields, described)
			spec.InputProperties[spelled] = properties[spelled]
		}
		return true
	})
	return spec
}

// properties returns the properties of an object and, sorted, the names of those that must be given.
func (d describer) properties(
	owner string, fields shim.SchemaMap, described map[string]*tfbridge.SchemaInfo,
) (map[string]schema.PropertySpec, []string) {
	properties, required := map[string]schema.PropertySpec{}, []string{}
	fields.Range(func(name string, field shim.Schema) bool {
		info := described[name]
		spelled := tfbridge.TerraformToPulumiNameV2(name, fields, described)
		properties[spelled] = schema.PropertySpec{
			TypeSpec: d.typeOf(owner+upperFirst(spelled), field, info),
			Secret:   field.Sensitive() || info != nil && info.Secret != nil && *info.Secret,
		}
		if field.Required() && (info == nil || info.Default == nil) {
			required = append(required, spelled)
		}
		return true
	})
	sort.Strings(required)
	return properties, required
}

func (d describer) typeOf(name string, field shim.Schema, info *tfbridge.SchemaInfo) schema.TypeSpec {
	switch field.Type() {
	case shim.TypeBool:
		return schema.TypeSpec{Type: "boolean"}
	case shim.TypeInt:
		return schema.TypeSpec{Type: "integer"}
	case shim.TypeFloat:
		return schema.TypeSpec{Type: "number"}
	case shim.TypeString:
		return schema.TypeSpec{Type: "string"}
	case shim.TypeList, shim.TypeSet:
		element := d.element(name, field, info)
		if tfbridge.IsMaxItemsOne(field, info) {
			return element
		}
		return schema.TypeSpec{Type: "array", Items: &element}
	case shim.TypeMap:
		element := d.element(name, field, info)
		if strings.HasPrefix(element.Ref, "#/types/") {
			return element
		}
		return schema.TypeSpec{Type: "object", AdditionalProperties: &element}
	default:
		return anything
	}
}

var anything = schema.TypeSpec{Ref: "pulumi.json#/Any"}

// element is the type of what a collection holds; an object becomes a type of its own.
func (d describer) element(name string, field shim.Schema, info *tfbridge.SchemaInfo) schema.TypeSpec {
	var described *tfbridge.SchemaInfo
	if info != nil {
		described = info.Elem
	}
	switch element := field.Elem().(type) {
	case shim.Schema:
		return d.typeOf(name, element, described)
	case shim.Resource:
		var fields map[string]*tfbridge.SchemaInfo
		if described != nil {
			fields = described.Fields
		}
		properties, required := d.properties(name, element.Schema(), fields)
		token := d.pkg + ":index/" + name + ":" + name
		object := schema.ObjectTypeSpec{Type: "object", Properties: properties, Required: required}
		d.types[token] = schema.ComplexTypeSpec{ObjectTypeSpec: object}
		return schema.TypeSpec{Ref: "#/types/" + token}
	default:
		return anything
	}
}

func lastPart(token string) string {
	return token[strings.LastIndex(token, ":")+1:]
}

func upperFirst(name string) string {
	return strings.ToUpper(name[:1]) + name[1:]
}
