// Command pulumi-resource-awsx is a stand-in for the official awsx plugin:
// it provides the component awsx:ec2:Vpc as awsx 2.22.0 does, and nothing else.
package main

import (
	"fmt"
	"os"

	"gitlab.com/slipway/slipway/tools/awsx/internal/plugin"
)

func main() {
	if err := plugin.Main(); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-awsx:", err)
		os.Exit(1)
	}
}
