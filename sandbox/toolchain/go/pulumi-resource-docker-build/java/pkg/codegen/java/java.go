// Package java stands in for the code generator of the same path, which the module proxy does not serve. The
// plugin only fills this struct, to describe itself to that generator; nothing of it runs.
package java

// PackageInfo is the hint that a provider's schema carries for generated Java code.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
}
