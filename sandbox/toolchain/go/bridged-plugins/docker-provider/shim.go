// Package shim opens the door that terraform-provider-docker keeps to itself: its constructor lies in an
// internal package, which only a package below its own path may import.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider returns the provider's part that speaks the Terraform plugin SDK v2. Version is what it calls itself.
func NewProvider(version string) *schema.Provider {
	return provider.New(version)()
}
