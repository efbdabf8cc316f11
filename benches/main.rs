//! How fast it is, against the targets that each file names. One binary, so that there is one to
//! link: `cargo bench`, or `cargo bench -- plan` for the benches whose names hold "plan".

mod apply;
mod company;
mod evidence;
mod latency;
mod plan;
mod render;
mod start;
mod validate;

fn main() {
    divan::main();
}
