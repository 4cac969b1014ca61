module gitlab.com/slipway/slipway/tools/plugintest

go 1.26
