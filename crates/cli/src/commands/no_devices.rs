//! `shallow devices`, in a build without Burn.

use anyhow::Result;

use crate::print::print;

/// Says that there are none.
pub fn run() -> Result<()> {
    print(
        b"This build has no devices, as it is made without Burn: the engines exact and backprop and the best networks compute \
          on the CPU.\nBuild with --features ndarray, flex, wgpu or cuda to have devices for autodiff.\n",
    )
}
