// Command slipway is the Pulumi program: one stack is one environment.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/infra"
)

func main() {
	pulumi.Run(infra.Deploy)
}
