module gitlab.com/slipway/slipway/tools/awsplugin/slim

go 1.26
