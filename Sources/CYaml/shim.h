// The reader and the writer of YAML that ipamc wraps, in Manifests and Output.
#pragma once

#include <yaml.h>
