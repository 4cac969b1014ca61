module gitlab.com/slipway/slipway/tools/localaws

go 1.26
