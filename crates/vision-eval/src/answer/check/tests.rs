mod answers;
mod close_look;
mod entries;
mod sheet;
