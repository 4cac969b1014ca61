module gitlab.com/slipway/slipway/tools/awsplugin/mapping

go 1.26
