// Command pulumi-resource-aws is the Pulumi aws plugin for the types of the
// mapping table: the Terraform AWS provider under Pulumi's Terraform bridge.
package main

import (
	"context"
	"log"
	"os"

	"gitlab.com/slipway/slipway/tools/awsplugin/provider"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background(), os.Args[1:]); err != nil {
		log.Fatalf("pulumi-resource-aws: %v", err)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 1 && args[0] == "schema" {
		return provider.WriteSchema(ctx, os.Stdout)
	}
	return provider.Serve(ctx)
}
