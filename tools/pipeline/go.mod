module gitlab.com/slipway/slipway/tools/pipeline

go 1.26.6

require gitlab.com/slipway/slipway v0.0.0-00010101000000-000000000000

require gopkg.in/yaml.v3 v3.0.1

replace gitlab.com/slipway/slipway => ../..
