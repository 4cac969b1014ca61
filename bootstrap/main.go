// Command bootstrap is the Pulumi program of what an AWS account needs before
// the first environment: where state is kept, and who may deploy.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/bootstrap/account"
)

func main() { pulumi.Run(account.Deploy) }
