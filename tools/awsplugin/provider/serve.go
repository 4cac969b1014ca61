package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

// Serve runs the plugin until the engine ends it.
func Serve(ctx context.Context) error {
	if err := sealOff(); err != nil {
		return err
	}
	info, err := newInfo(ctx)
	if err != nil {
		return err
	}
	header, err := json.Marshal(map[string]string{"name": mapping.Package, "version": mapping.Version})
	if err != nil {
		return fmt.Errorf("describe the package: %w", err)
	}
	pfbridge.MainWithMuxer(ctx, mapping.Package, info, header)
	return nil
}

// WriteSchema writes the Pulumi schema of the package. Programs in Go don't
// need it; the comparison with the SDK does.
func WriteSchema(ctx context.Context, w io.Writer) error {
	info, err := newInfo(ctx)
	if err != nil {
		return err
	}
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	schema, err := tfgen.GenerateSchema(info, sink)
	if err != nil {
		return fmt.Errorf("generate the schema: %w", err)
	}
	if err := json.NewEncoder(w).Encode(schema); err != nil {
		return fmt.Errorf("write the schema: %w", err)
	}
	return nil
}
