// Package codegen stands in for the code generator of the same path, which the module proxy does not serve. The
// plugin only fills this struct, to describe itself to that generator; nothing of it runs.
package codegen

// CSharpPackageInfo is the hint that a provider's schema carries for generated C# code.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
}
